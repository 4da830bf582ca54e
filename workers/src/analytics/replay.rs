//! Drops the schemas of replays: each when it is dropped or has failed, or was kept long enough (ANA-5).

use std::time::Duration;

use commands::{CommandEnvelope, Commands};
use domain::{
    Recorded,
    analytics::replay::{Command, Event, Replay},
    identity::Actor,
};
use projections::{analytics::replay::expired_replays, drop_replay_of};
use sqlx::PgPool;

use crate::{AnyReaction, Reaction, StartAt, Task, Window, Worker, for_each_due};

/// Drops the schemas of replays that were dropped, and what is left of those that failed. What is gone already is not dropped again, so it may start at the
/// first event.
pub fn replay_deletion_worker(db: PgPool) -> Worker {
    let reactions = vec![AnyReaction::to_events_of::<Replay>(ReplayDeletion { db })];
    Worker { name: ReplayDeletion::NAME, start_at: StartAt::FirstEvent, reactions }
}

struct ReplayDeletion {
    db: PgPool,
}

impl ReplayDeletion {
    const NAME: &str = "analytics.replay_deletion";
}

impl Reaction<Replay> for ReplayDeletion {
    async fn react(&self, recorded: &Recorded<Event>) -> anyhow::Result<()> {
        match &recorded.event {
            Event::Dropped {} | Event::Failed { .. } => {
                Ok(drop_replay_of(&self.db, recorded.id.into()).await?)
            }
            Event::Requested(_) | Event::Completed { .. } => Ok(()),
        }
    }
}

/// Drops replays that were kept long enough.
pub struct ReplayExpiry {
    commands: Commands,
    db: PgPool,
    actor: Actor,
}

impl ReplayExpiry {
    pub fn new(commands: Commands, db: PgPool) -> Self {
        Self { commands, db, actor: Actor::system(Self::NAME) }
    }
}

impl Task for ReplayExpiry {
    const NAME: &'static str = "analytics.replay_expiry";
    const EVERY: Duration = Duration::from_mins(15);

    async fn run(&self, window: Window) -> anyhow::Result<()> {
        let due = expired_replays(&self.db, window.until).await?;
        for_each_due::<Self, Replay, _>(&self.db, due, |id| async move {
            let envelope = CommandEnvelope::new(id, Command::Drop {}, self.actor.clone());
            self.commands.execute(envelope).await?;
            Ok(())
        })
        .await
    }
}
