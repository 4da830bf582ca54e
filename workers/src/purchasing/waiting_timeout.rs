//! Gives up messages that waited too long for the ones before them.

use std::time::Duration;

use commands::{CommandEnvelope, Commands};
use domain::{
    identity::Actor,
    purchasing::purchase::{Command, Purchase},
};
use projections::purchasing::purchase;
use sqlx::PgPool;

use crate::{Task, Window, for_each_due};

/// Gives up messages that waited a day for others (PUR-2).
pub struct WaitingMessageTimeout {
    commands: Commands,
    db: PgPool,
    actor: Actor,
}

impl WaitingMessageTimeout {
    pub fn new(commands: Commands, db: PgPool) -> Self {
        Self { commands, db, actor: Actor::system(Self::NAME) }
    }
}

impl Task for WaitingMessageTimeout {
    const NAME: &'static str = "purchasing.waiting_timeout";
    const EVERY: Duration = Duration::from_mins(15);

    async fn run(&self, window: Window) -> anyhow::Result<()> {
        let late = purchase::purchases_with_timeout_due(&self.db, window.until).await?;
        for_each_due::<Self, Purchase, _>(&self.db, late, |id| async move {
            self.commands
                .execute(CommandEnvelope::new(id, Command::GiveUp {}, self.actor.clone()))
                .await?;
            Ok(())
        })
        .await
    }
}
