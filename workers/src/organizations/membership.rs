//! Users registered for a cabinet become its members; a cabinet that loses its last administrator gets
//! another one; and accounts at identity providers are unlinked when the membership ends.

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

use crate::{AnyReaction, Reaction, StartAt, Worker, reaction::wait_until_caught_up};

/// Keeps memberships in step with users. It starts at the first event: users are older than memberships.
pub fn membership_worker(commands: Commands, projections: Projections, db: PgPool) -> Worker {
    let membership = MembershipReactions { commands, projections, db };
    let reactions = vec![
        AnyReaction::to_events_of::<User>(membership.clone()),
        AnyReaction::to_events_of::<Membership>(membership),
    ];
    Worker { name: "organizations.membership", start_at: StartAt::FirstEvent, reactions }
}

#[derive(Clone)]
struct MembershipReactions {
    commands: Commands,
    projections: Projections,
    db: PgPool,
}

impl Reaction<User> for MembershipReactions {
    async fn react(&self, recorded: &Recorded<Event>) -> anyhow::Result<()> {
        match recorded.event {
            Event::JoinedCabinet(_) => self.enrol(recorded.id.into()).await,
            Event::RoleGranted { role } if role.is_client() => Ok(()),
            Event::Locked {} | Event::Deactivated {} | Event::RoleGranted { .. } => {
                self.ensure_administrator(recorded).await
            }
            _ => Ok(()),
        }
    }
}

impl Reaction<Membership> for MembershipReactions {
    async fn react(&self, recorded: &Recorded<domain_membership::Event>) -> anyhow::Result<()> {
        if recorded.event != (domain_membership::Event::Removed {}) {
            return Ok(());
        }
        let membership =
            self.commands.aggregates().load(Id::<Membership>::from(recorded.id)).await?;
        match membership.cabinet_and_user() {
            Some((_, user)) => self.unlink(user).await,
            None => Ok(()),
        }
    }
}

impl MembershipReactions {
    /// Unlinks the user from providers of cabinets in which they have no membership left. When they come
    /// back they are recognised by their address again, or not at all.
    async fn unlink(&self, user: UserId) -> anyhow::Result<()> {
        let linked = "select provider from oauth.links where user_id = $1";
        let linked = sqlx::query_scalar::<_, uuid::Uuid>(linked).bind(user.uuid());
        for id in linked.fetch_all(&self.db).await? {
            let aggregates = self.commands.aggregates();
            let provider = aggregates.load(Id::<Provider>::from(id)).await?;
            let Some(registered) = provider.registered() else { continue };
            if organizations::cabinets_of_user_in_subtree(aggregates, user, registered.cabinet)
                .await?
                .is_empty()
            {
                let unlink = "delete from oauth.links where provider = $1 and user_id = $2";
                sqlx::query(unlink).bind(id).bind(user.uuid()).execute(&self.db).await?;
            }
        }
        Ok(())
    }

    async fn enrol(&self, user: UserId) -> anyhow::Result<()> {
        match organizations::join_home_cabinet(&self.commands, user).await {
            // There is no such cabinet, or the cabinet or the user is gone.
            Ok(())
            | Err(Failure::Refused(
                Refusal::UnknownCabinet | Refusal::CabinetClosed | Refusal::UnknownUser,
            )) => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    }

    /// ORG-3: locking or deactivating a user does not check their cabinets, so that is done afterwards.
    async fn ensure_administrator(&self, recorded: &Recorded<Event>) -> anyhow::Result<()> {
        wait_until_caught_up(&self.projections, &membership::PROJECTOR, recorded.position).await?;
        for cabinet in membership::administered_cabinets(&self.db, recorded.id.into()).await? {
            match organizations::make_vendor_managed_if_unattended(
                &self.commands,
                cabinet,
                recorded,
            )
            .await
            {
                Ok(()) | Err(Failure::Refused(cabinet::Refusal::Closed)) => {}
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(())
    }
}
