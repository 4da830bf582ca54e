//! Whoever was registered for a cabinet becomes a member of it; and no cabinet is left alone when its
//! last administrator is kept out.

use std::time::Duration;

use anyhow::ensure;
use commands::{Commands, Failure, organizations};
use domain::{
    Recorded,
    identity::user::{Event, User, UserId},
    organizations::{cabinet, membership::Refusal},
};
use projections::{Projections, organizations::membership};
use sqlx::PgPool;

use crate::{Begin, On, Reaction, Worker};

/// For how long it waits until the members of that time are known.
const PATIENCE: Duration = Duration::from_secs(5);

/// Begins with the first event of all: there were users before there were memberships.
pub fn worker(commands: Commands, projections: Projections, db: PgPool) -> Worker {
    let reactions = vec![On::events_of::<User>(Members { commands, projections, db })];
    Worker { name: "organizations.membership", begin: Begin::First, reactions }
}

struct Members {
    commands: Commands,
    projections: Projections,
    db: PgPool,
}

impl Reaction<User> for Members {
    async fn on(&self, fact: &Recorded<Event>) -> anyhow::Result<()> {
        match fact.event {
            Event::JoinedCabinet(_) => self.enrol(fact.id.into()).await,
            Event::Locked {} | Event::Deactivated {} => self.look_after(fact).await,
            _ => Ok(()),
        }
    }
}

impl Members {
    async fn enrol(&self, user: UserId) -> anyhow::Result<()> {
        match organizations::enrol(&self.commands, user).await {
            // There never was such a cabinet, or one of both is gone.
            Ok(())
            | Err(Failure::Refused(
                Refusal::UnknownCabinet | Refusal::CabinetClosed | Refusal::UnknownUser,
            )) => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    }

    /// ORG-3: nobody asks a cabinet before one of its users is kept out, so it is seen to afterwards.
    async fn look_after(&self, fact: &Recorded<Event>) -> anyhow::Result<()> {
        let name = membership::PROJECTOR.name;
        let reached = self.projections.reached(name, fact.position, PATIENCE).await?;
        ensure!(reached >= fact.position, "the members are known only up to {reached}");
        for cabinet in membership::administered(&self.db, fact.id.into()).await? {
            match organizations::look_after(&self.commands, cabinet, fact).await {
                Ok(()) | Err(Failure::Refused(cabinet::Refusal::Closed)) => {}
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(())
    }
}
