//! Whoever was registered for a cabinet becomes a member of it; no cabinet is left alone when its
//! last administrator is kept out or no client any more; and no provider knows those who are members no more.

use commands::{Commands, Failure, organizations};
use domain::{
    Id, Recorded,
    identity::{
        provider::Provider,
        user::{Event, User, UserId},
    },
    organizations::{
        cabinet,
        membership::{self as domain_membership, Membership, Refusal},
    },
};
use projections::{Projections, organizations::membership};
use sqlx::PgPool;

use crate::{Begin, On, Reaction, Worker, reaction::caught_up};

/// Begins with the first event of all: there were users before there were memberships.
pub fn worker(commands: Commands, projections: Projections, db: PgPool) -> Worker {
    let members = Members { commands, projections, db };
    let reactions =
        vec![On::events_of::<User>(members.clone()), On::events_of::<Membership>(members)];
    Worker { name: "organizations.membership", begin: Begin::First, reactions }
}

#[derive(Clone)]
struct Members {
    commands: Commands,
    projections: Projections,
    db: PgPool,
}

impl Reaction<User> for Members {
    async fn on(&self, fact: &Recorded<Event>) -> anyhow::Result<()> {
        match fact.event {
            Event::JoinedCabinet(_) => self.enrol(fact.id.into()).await,
            Event::RoleGranted { role } if role.is_client() => Ok(()),
            Event::Locked {} | Event::Deactivated {} | Event::RoleGranted { .. } => {
                self.look_after(fact).await
            }
            _ => Ok(()),
        }
    }
}

impl Reaction<Membership> for Members {
    async fn on(&self, fact: &Recorded<domain_membership::Event>) -> anyhow::Result<()> {
        if fact.event != (domain_membership::Event::Removed {}) {
            return Ok(());
        }
        let membership = self.commands.lookup().load(Id::<Membership>::from(fact.id)).await?;
        match membership.place() {
            Some((_, user)) => self.unlink(user).await,
            None => Ok(()),
        }
    }
}

impl Members {
    /// Forgets whose accounts are at providers that speak for the user no more: whoever comes back
    /// is known by their address again, or not at all.
    async fn unlink(&self, user: UserId) -> anyhow::Result<()> {
        let linked = "select provider from oauth.links where user_id = $1";
        let linked = sqlx::query_scalar::<_, uuid::Uuid>(linked).bind(user.uuid());
        for id in linked.fetch_all(&self.db).await? {
            let lookup = self.commands.lookup();
            let provider = lookup.load(Id::<Provider>::from(id)).await?;
            let Some(known) = provider.registered() else { continue };
            if organizations::memberships_within(lookup, user, known.cabinet).await?.is_empty() {
                let unlink = "delete from oauth.links where provider = $1 and user_id = $2";
                sqlx::query(unlink).bind(id).bind(user.uuid()).execute(&self.db).await?;
            }
        }
        Ok(())
    }

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
