use std::time::Duration;

use commands::{Commands, Order};
use domain::{identity::Actor, purchasing::purchase::Command};
use projections::purchasing::purchase;
use sqlx::PgPool;

use crate::{Task, Window};

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
        for id in purchase::waiting_until(&self.db, window.until).await? {
            self.desk.execute(Order::new(id, Command::GiveUp {}, self.by.clone())).await?;
        }
        Ok(())
    }
}
