//! What waited too long for the messages before it is given up.

use std::time::Duration;

use commands::{Commands, Order};
use domain::{
    identity::Actor,
    purchasing::purchase::{Command, Purchase},
};
use projections::purchasing::purchase;
use sqlx::PgPool;

use crate::{Task, Window, each};

/// Gives up messages that waited a day for others (PUR-2).
pub struct Patience {
    desk: Commands,
    db: PgPool,
    by: Actor,
}

impl Patience {
    pub fn new(desk: Commands, db: PgPool) -> Self {
        Self { desk, db, by: Actor::system(Self::NAME) }
    }
}

impl Task for Patience {
    const NAME: &'static str = "purchasing.patience";
    const EVERY: Duration = Duration::from_mins(15);

    async fn run(&self, window: Window) -> anyhow::Result<()> {
        let late = purchase::waiting_until(&self.db, window.until).await?;
        each::<Self, Purchase, _>(&self.db, late, |id| async move {
            self.desk.execute(Order::new(id, Command::GiveUp {}, self.by.clone())).await?;
            Ok(())
        })
        .await
    }
}
