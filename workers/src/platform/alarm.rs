//! Operators are told of what waits for a fix.

use std::time::Duration;

use commands::{Commands, Order};
use domain::{
    Decider,
    identity::{Actor, Role},
    notifications::notification::{Cause, Command, Kind, Notification, Parking},
};
use projections::{Parked, identity::user};
use sqlx::PgPool;

use crate::{Task, Window};

/// Of how many streams they are told in one go.
const ROUND: i64 = 50;

/// Notifies administrators of each parked stream, once.
pub struct Alarm {
    commands: Commands,
    db: PgPool,
    by: Actor,
}

impl Alarm {
    pub fn new(commands: Commands, db: PgPool) -> Self {
        Self { commands, db, by: Actor::system(Self::NAME) }
    }

    /// Says whether there was anybody to tell.
    async fn tell(&self, parked: &Parked) -> anyhow::Result<bool> {
        let Parked { consumer, stream, id, version, position, parked_at: since, .. } =
            parked.clone();
        let parked = Some(Parking { consumer, since });
        let cause = Cause { stream, id, version, position, parked };
        let recipients = user::of_role(&self.db, Role::Admin).await?;
        for recipient in recipients.iter().copied() {
            let id = Notification::id_for(recipient, Kind::StreamParked, &cause);
            let create =
                Command::Create { recipient, kind: Kind::StreamParked, cause: cause.clone() };
            self.commands.execute(Order::new(id, create, self.by.clone())).await?;
        }
        Ok(!recipients.is_empty())
    }
}

impl Task for Alarm {
    const NAME: &'static str = "platform.alarm";
    const EVERY: Duration = Duration::from_secs(5);

    async fn run(&self, _: Window) -> anyhow::Result<()> {
        for parked in Parked::untold(&self.db, ROUND).await? {
            // That notifications cannot be delivered is told by no further notification.
            if parked.stream == Notification::NAME || self.tell(&parked).await? {
                parked.told(&self.db).await?;
            }
        }
        Ok(())
    }
}
