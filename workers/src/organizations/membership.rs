//! Whoever was registered for a cabinet becomes a member of it; and no cabinet is left alone when its
//! last administrator is kept out.

use commands::{Commands, Failure, organizations};
use domain::{
    Recorded,
    identity::user::{Event, User, UserId},
    organizations::{cabinet, membership::Refusal},
};
use projections::{Projections, organizations::membership};
use sqlx::PgPool;

use crate::{Begin, On, Reaction, Worker, reaction::caught_up};

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
        caught_up(&self.projections, &membership::PROJECTOR, fact.position).await?;
        for cabinet in membership::administered(&self.db, fact.id.into()).await? {
            match organizations::look_after(&self.commands, cabinet, fact).await {
                Ok(()) | Err(Failure::Refused(cabinet::Refusal::Closed)) => {}
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(())
    }
}
