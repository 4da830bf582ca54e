//! What people agreed on by the clock on the wall stays when the rules of its zone change.

use std::time::Duration;

use commands::{Commands, Order};
use domain::{
    identity::Actor,
    scheduling::appointment::{Appointment, Command},
};
use projections::scheduling::schedule;
use sqlx::PgPool;

use crate::{Task, Window, each};

/// Computes the instants of appointments anew where a newer database of zones says otherwise (SCH-9).
pub struct Zones {
    commands: Commands,
    db: PgPool,
    by: Actor,
}

impl Zones {
    pub fn new(commands: Commands, db: PgPool) -> Self {
        Self { commands, db, by: Actor::system(Self::NAME) }
    }
}

impl Task for Zones {
    const NAME: &'static str = "scheduling.zones";
    const EVERY: Duration = Duration::from_hours(1);

    async fn run(&self, window: Window) -> anyhow::Result<()> {
        let displaced = schedule::displaced(&self.db, window.until).await?;
        each::<Self, Appointment, _>(&self.db, displaced, |id| async move {
            self.commands.execute(Order::new(id, Command::Recompute {}, self.by.clone())).await?;
            Ok(())
        })
        .await
    }
}
