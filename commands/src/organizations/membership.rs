//! Rights, owners and facts of memberships, and reads and policies of members.

use domain::{
    Recorded,
    identity::{
        Actor, Owner, Role,
        user::{self, AccountStatus, UserId},
    },
    organizations::{
        cabinet::{self, CabinetId},
        membership::{
            self, Command, CommandKind, Facts, Grant, Membership, MembershipId, Rank, Refusal,
            memberships_set,
        },
    },
};
use uuid::Uuid;

use super::reach::ancestry;
use crate::{AggregateReader, CommandEnvelope, Commands, Failure, Handler, ReadError, Right};

impl Handler for Membership {
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Join | CommandKind::Change | CommandKind::Remove => Right::MembersManage,
            CommandKind::Leave => Right::Profile,
        }
    }

    fn owner(&self, _: MembershipId, command: &Command) -> Owner {
        let place = self.cabinet_and_user();
        match command {
            Command::Join { cabinet, .. } => Owner { cabinet: Some(*cabinet), ..Owner::default() },
            Command::Change { .. } | Command::Remove {} => {
                Owner { cabinet: place.map(|place| place.0), ..Owner::default() }
            }
            Command::Leave {} => {
                Owner { user: place.map(|place| place.1.uuid()), ..Owner::default() }
            }
        }
    }

    async fn facts(
        &self,
        aggregates: &AggregateReader,
        id: MembershipId,
        command: &Command,
        by: &Actor,
    ) -> Result<Facts, ReadError> {
        let place = match command {
            Command::Join { cabinet, user, .. } => Some((*cabinet, *user)),
            Command::Change { .. } | Command::Remove {} | Command::Leave {} => {
                self.cabinet_and_user()
            }
        };
        let Some((cabinet, user)) = place else { return Ok(Facts::default()) };
        // Only an administrator can be the last one.
        let administers = self.grant().is_some_and(|grant| grant.role == Rank::ClientAdmin);
        let others = if administers {
            active_administrator_memberships(aggregates, cabinet).await?
        } else {
            vec![]
        };
        let other_administrators = others.into_iter().filter(|other| *other != id.uuid()).count();
        let is_client = match command {
            Command::Join { .. } => is_active_client(aggregates, user).await?,
            _ => true,
        };
        let within_reach = match command {
            Command::Join { .. } if by.role.is_client() => {
                let reaches = |cabinet: &CabinetId| {
                    by.cabinet == Some(*cabinet) || by.reachable.contains(cabinet)
                };
                memberships(aggregates, user).await?.iter().any(|(cabinet, _)| reaches(cabinet))
            }
            _ => true,
        };
        let cabinet = aggregates.load(cabinet).await?;
        Ok(Facts {
            cabinet: cabinet.is_created().then(|| cabinet.status()),
            vendor_managed: cabinet.is_vendor_managed(),
            other_administrators,
            is_client,
            within_reach,
        })
    }
}

/// The cabinets of which a user is a member at this moment, and their grant in each.
async fn memberships(
    aggregates: &AggregateReader,
    user: UserId,
) -> Result<Vec<(CabinetId, Grant)>, ReadError> {
    let mut memberships = Vec::new();
    for id in aggregates.claim_holders(&memberships_set(user)).await? {
        let membership = aggregates.load::<Membership>(id.into()).await?;
        let place = membership.cabinet_and_user().map(|(cabinet, _)| cabinet);
        memberships.extend(place.zip(membership.grant()));
    }
    Ok(memberships)
}

/// The cabinets of a user that are `top` or below it.
pub async fn cabinets_of_user_in_subtree(
    aggregates: &AggregateReader,
    user: UserId,
    top: CabinetId,
) -> Result<Vec<CabinetId>, ReadError> {
    let mut within = Vec::new();
    for (cabinet, _) in memberships(aggregates, user).await? {
        if is_within(aggregates, cabinet, top).await? {
            within.push(cabinet);
        }
    }
    Ok(within)
}

async fn is_within(
    aggregates: &AggregateReader,
    cabinet: CabinetId,
    top: CabinetId,
) -> Result<bool, ReadError> {
    Ok(ancestry(aggregates, cabinet).await?.contains(&top))
}

/// The memberships of the administrators of a cabinet who can act there: active users who are clients.
pub(super) async fn active_administrator_memberships(
    aggregates: &AggregateReader,
    cabinet: CabinetId,
) -> Result<Vec<Uuid>, ReadError> {
    let mut active = Vec::new();
    for id in aggregates.claim_holders(&membership::administrators_set(cabinet)).await? {
        let membership = aggregates.load::<Membership>(id.into()).await?;
        let Some((_, user)) = membership.cabinet_and_user() else { continue };
        if is_active_client(aggregates, user).await? {
            active.push(id);
        }
    }
    Ok(active)
}

/// Whether a user is active, and a client.
async fn is_active_client(aggregates: &AggregateReader, user: UserId) -> Result<bool, ReadError> {
    let user = aggregates.load(user).await?;
    let account = user.account().filter(|account| account.status() == AccountStatus::Active);
    Ok(account.is_some_and(|account| account.role.is_client()))
}

/// Makes a user who was registered for a cabinet a member of it, unless they have been one before.
pub async fn join_home_cabinet(commands: &Commands, user: UserId) -> Result<(), Failure<Refusal>> {
    let user_state = commands.aggregates().load(user).await?;
    let Some(account) = user_state.account() else { return Ok(()) };
    let role = match account.role {
        Role::ClientAdmin => Rank::ClientAdmin,
        Role::ClientUser => Rank::ClientUser,
        _ => return Ok(()),
    };
    let Some(home) = account.membership else { return Ok(()) };
    let id = MembershipId::in_cabinet_of_user(home.cabinet, user);
    if commands.aggregates().load(id).await?.cabinet_and_user().is_some() {
        return Ok(());
    }
    let grant = Grant { role, reach: home.reach };
    let join = Command::Join { cabinet: home.cabinet, user, grant };
    let by = Actor::system("organizations.membership");
    commands.execute(CommandEnvelope::new(id, join, by)).await.map(drop)
}

/// Makes a cabinet vendor-managed if no active administrator is left (ORG-3), after an event of a user.
pub async fn make_vendor_managed_if_unattended(
    commands: &Commands,
    cabinet: CabinetId,
    caused_by: &Recorded<user::Event>,
) -> Result<(), Failure<cabinet::Refusal>> {
    if !active_administrator_memberships(commands.aggregates(), cabinet).await?.is_empty() {
        return Ok(());
    }
    let policy = cabinet::Command::SetPolicy { vendor_managed: true };
    let by = Actor::system("organizations.membership");
    commands.execute(CommandEnvelope::new(cabinet, policy, by).caused_by(caused_by)).await.map(drop)
}
