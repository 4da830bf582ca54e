//! Appointments keep their local time when the rules of their time zone change.

use std::time::Duration;

use commands::{CommandEnvelope, Commands};
use domain::{
    identity::Actor,
    scheduling::appointment::{Appointment, Command},
};
use projections::scheduling::schedule;
use sqlx::PgPool;

use crate::{Task, Window, for_each_due};

/// Computes the instants of appointments again where a newer time zone database differs (SCH-9).
pub struct TimeZoneUpdates {
    commands: Commands,
    db: PgPool,
    actor: Actor,
}

impl TimeZoneUpdates {
    pub fn new(commands: Commands, db: PgPool) -> Self {
        Self { commands, db, actor: Actor::system(Self::NAME) }
    }
}

impl Task for TimeZoneUpdates {
    const NAME: &'static str = "scheduling.time_zones";
    const EVERY: Duration = Duration::from_hours(1);

    async fn run(&self, window: Window) -> anyhow::Result<()> {
        let displaced =
            schedule::appointments_with_outdated_instants(&self.db, window.until).await?;
        for_each_due::<Self, Appointment, _>(&self.db, displaced, |id| async move {
            self.commands
                .execute(CommandEnvelope::new(id, Command::Recompute {}, self.actor.clone()))
                .await?;
            Ok(())
        })
        .await
    }
}
