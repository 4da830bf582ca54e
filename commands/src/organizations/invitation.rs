//! Rights, owners and facts of invitations, and the admission of invited people.

use domain::{
    identity::{
        Actor, Owner, Role,
        user::{AccountStatus, MAILBOX_CLAIM, UserId},
    },
    organizations::{
        cabinet::{self, CabinetId},
        invitation::{
            Command, CommandKind, Event, Facts, Invitation, InvitationId, MembershipOffer,
            newcomer_user_id,
        },
        membership::{self, MembershipId},
    },
};

use super::reach::actors_of_principal_in_cabinet;
use crate::{
    AggregateReader, CommandEnvelope, Commands, Failure, Handler, ReadError, Receipt, Right, policy,
};

impl Handler for Invitation {
    /// Accepting needs the secret of the link, which the API checks.
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Send | CommandKind::Withdraw => Right::MembersManage,
            CommandKind::Accept => Right::Processes,
        }
    }

    fn owner(&self, _: InvitationId, command: &Command) -> Owner {
        let cabinet = match command {
            Command::Send { cabinet, .. } => Some(*cabinet),
            Command::Accept { .. } | Command::Withdraw {} => {
                self.offer().map(|offer| offer.cabinet)
            }
        };
        Owner { cabinet, ..Owner::default() }
    }

    async fn facts(
        &self,
        aggregates: &AggregateReader,
        id: InvitationId,
        command: &Command,
        _: &Actor,
    ) -> Result<Facts, ReadError> {
        match (command, self.offer()) {
            (Command::Send { cabinet, .. }, _) => Ok(Facts {
                cabinet: cabinet_status(aggregates, *cabinet).await?,
                ..Facts::default()
            }),
            (Command::Accept { user }, Some(offer)) => {
                let cabinet = cabinet_status(aggregates, offer.cabinet).await?;
                let is_settled = match self.accepted_by() {
                    Some(user) => aggregates.load(user).await?.account().is_some(),
                    None => false,
                };
                let user_state = aggregates.load(*user).await?;
                let active = user_state.account().filter(|account| {
                    account.status() == AccountStatus::Active && account.role.is_client()
                });
                let address = active.and_then(|account| account.email.get().cloned());
                let is_new = match offer.email.get() {
                    Some(email)
                        if user_state.account().is_none() && *user == newcomer_user_id(id) =>
                    {
                        aggregates.claim_holder(MAILBOX_CLAIM, &email.normalized()).await?.is_none()
                    }
                    _ => false,
                };
                let sender_may_grant = sender_may_grant(aggregates, id, offer).await?;
                Ok(Facts { cabinet, address, is_new, is_settled, sender_may_grant })
            }
            (Command::Accept { .. } | Command::Withdraw {}, _) => Ok(Facts::default()),
        }
    }
}

/// Whether whoever sent an invitation may send the same one now.
async fn sender_may_grant(
    aggregates: &AggregateReader,
    id: InvitationId,
    offer: &MembershipOffer,
) -> Result<bool, ReadError> {
    let owner = Owner { cabinet: Some(offer.cabinet), ..Owner::default() };
    let may_grant = |actor: &Actor| {
        let scope = policy::granted_scope(Right::MembersManage, actor);
        scope.permits(actor, &owner) && offer.grant.is_within(actor)
    };
    let Some(sent) = aggregates.history(id).await?.into_iter().next() else { return Ok(false) };
    Ok(actors_of_principal_in_cabinet(aggregates, (sent.meta.actor, sent.position), offer.cabinet)
        .await?
        .iter()
        .any(may_grant))
}

/// The status of a cabinet, if there is one.
async fn cabinet_status(
    aggregates: &AggregateReader,
    id: CabinetId,
) -> Result<Option<cabinet::CabinetStatus>, ReadError> {
    let cabinet = aggregates.load(id).await?;
    Ok(cabinet.is_created().then(|| cabinet.status()))
}

/// Makes a user who registered by an invitation a member, unless they are one already. `correlation` is
/// that of the registration: the id of the invitation, if there was one.
pub async fn join_if_registered_by_invitation(
    commands: &Commands,
    user: UserId,
    correlation: uuid::Uuid,
) -> Result<Option<Receipt>, Failure<membership::Refusal>> {
    let invitation = InvitationId::from(correlation);
    if newcomer_user_id(invitation) == user {
        join_by_accepted_invitation(commands, invitation).await
    } else {
        Ok(None)
    }
}

/// The purpose of the link tokens of invitations.
pub const INVITATION_LINK_PURPOSE: &str = "invitation";

/// Makes the user who accepted an invitation a member. Repeating it changes nothing.
pub async fn join_by_accepted_invitation(
    commands: &Commands,
    id: InvitationId,
) -> Result<Option<Receipt>, Failure<membership::Refusal>> {
    let history = commands.aggregates().history(id).await?;
    let accepted = history.iter().rev().find_map(|recorded| match recorded.event {
        Event::Accepted { cabinet, user, grant } => Some((recorded, cabinet, user, grant)),
        _ => None,
    });
    let Some((recorded, cabinet, user, grant)) = accepted else { return Ok(None) };
    let id = MembershipId::in_cabinet_of_user(cabinet, user);
    let memberships = commands.aggregates().history(id).await?;
    // An invitation admits once, even if the member was removed since.
    let admitted =
        memberships.iter().any(|event| event.meta.causation == Some(recorded.event_id()));
    let is_member =
        memberships.last().is_some_and(|last| last.event != membership::Event::Removed {});
    if admitted || is_member {
        return Ok(None);
    }
    let by = Actor::new(user.uuid(), Role::System);
    let join = membership::Command::Join { cabinet, user, grant };
    let envelope = CommandEnvelope::new(id, join, by).caused_by(recorded);
    commands.execute(envelope).await.map(Some)
}
