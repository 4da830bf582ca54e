//! Notifies administrators of streams that are parked.

use std::time::Duration;

use commands::{CommandEnvelope, Commands};
use domain::{
    Decider,
    identity::{Actor, Role},
    notifications::notification::{Cause, Command, Kind, Notification, Parking},
};
use projections::{ParkedStream, identity::user};
use sqlx::PgPool;

use crate::{Task, Window};

/// How many streams one run handles.
const BATCH_SIZE: i64 = 50;

/// Notifies administrators of each parked stream, once.
pub struct ParkedStreamAlarm {
    commands: Commands,
    db: PgPool,
    actor: Actor,
}

impl ParkedStreamAlarm {
    pub fn new(commands: Commands, db: PgPool) -> Self {
        Self { commands, db, actor: Actor::system(Self::NAME) }
    }

    /// Answers whether there is an administrator to notify.
    async fn notify(&self, parked: &ParkedStream) -> anyhow::Result<bool> {
        let ParkedStream { consumer, stream, id, version, position, parked_at: since, .. } =
            parked.clone();
        let parked = Some(Parking { consumer, since });
        let cause = Cause { stream, id, version, position, parked };
        let recipients = user::active_users_of_role(&self.db, Role::Admin).await?;
        for recipient in recipients.iter().copied() {
            let id = Notification::id_for(recipient, Kind::StreamParked, &cause);
            let create =
                Command::Create { recipient, kind: Kind::StreamParked, cause: cause.clone() };
            self.commands.execute(CommandEnvelope::new(id, create, self.actor.clone())).await?;
        }
        Ok(!recipients.is_empty())
    }
}

impl Task for ParkedStreamAlarm {
    const NAME: &'static str = "platform.alarm";
    const EVERY: Duration = Duration::from_secs(5);

    async fn run(&self, _: Window) -> anyhow::Result<()> {
        for parked in ParkedStream::unreported(&self.db, BATCH_SIZE).await? {
            // No further notification says that notifications cannot be delivered.
            if parked.stream == Notification::NAME || self.notify(&parked).await? {
                parked.mark_reported(&self.db).await?;
            }
        }
        Ok(())
    }
}
