//! The cabinet that a user acts in: a member of several acts in one at a time (ORG-8).

use commands::{Commands, Lookup, organizations};
use domain::{
    Decider,
    identity::{
        Reach, Role,
        provider::ProviderId,
        session::SessionId,
        user::{Account, UserId},
    },
    organizations::{
        cabinet::{CabinetId, CabinetStatus},
        membership::{Membership, MembershipId},
    },
};
use projections::organizations::membership;
use sqlx::PgPool;

use crate::problem::Problem;

/// The role and reach of a user in the cabinet they act in, from the log at this moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CabinetAccess {
    pub(crate) cabinet: CabinetId,
    pub(crate) role: Role,
    pub(crate) reach: Reach,
    /// The version of the membership; it changes with role and reach (ORG-7).
    pub(crate) version: i32,
}

impl CabinetAccess {
    /// The access to the cabinet that they chose, if they are a member there, else to their first one.
    /// `None` for users that are no clients. A user signed in by a provider acts only in its cabinet or
    /// below.
    pub(crate) async fn resolve(
        lookup: &Lookup,
        db: &PgPool,
        user: UserId,
        account: &Account,
        provider: Option<ProviderId>,
    ) -> Result<Option<Self>, Problem> {
        if !account.role.is_client() {
            return Ok(None);
        }
        if let Some(provider) = provider {
            let choices = cabinets_of_provider(lookup, provider, user).await?;
            let chosen = account.acts_in.filter(|chosen| choices.contains(chosen));
            let Some(cabinet) = chosen.or(choices.first().copied()) else { return Ok(None) };
            return Self::load(lookup, user, cabinet).await;
        }
        if let Some(chosen) = account.acts_in
            && let Some(access) = Self::load(lookup, user, chosen).await?
        {
            return Ok(Some(access));
        }
        match membership::first_cabinet(db, user).await? {
            Some(first) => Self::load(lookup, user, first).await,
            None => Ok(None),
        }
    }

    /// Whether a session may act in a cabinet. One that a provider signed in may only in its cabinet
    /// and those below (ORG-8).
    pub(crate) async fn is_allowed(
        commands: &Commands,
        session: SessionId,
        cabinet: CabinetId,
    ) -> Result<bool, Problem> {
        let lookup = commands.lookup();
        let session = lookup.load(session).await?;
        let grant = session.grant(commands.now());
        match grant.and_then(|grant| Some((grant.user, grant.provider?))) {
            Some((user, provider)) => {
                Ok(cabinets_of_provider(lookup, provider, user).await?.contains(&cabinet))
            }
            None => Ok(true),
        }
    }

    /// The access to this cabinet, if they are a member there and it is not closed.
    pub(crate) async fn load(
        lookup: &Lookup,
        user: UserId,
        cabinet: CabinetId,
    ) -> Result<Option<Self>, Problem> {
        if lookup.load(cabinet).await?.status() == CabinetStatus::Closed {
            return Ok(None);
        }
        let history = lookup.history(MembershipId::in_cabinet_of_user(cabinet, user)).await?;
        let Some(version) = history.last().map(|last| last.version) else {
            // Just registered for this cabinet; the membership is not recorded yet.
            let user = lookup.load(user).await?;
            return Ok(user.account().and_then(|account| Self::registered(account, cabinet)));
        };
        let membership = Membership::from_history(history);
        Ok(membership.grant().map(|grant| {
            let (role, reach) = (grant.role.into(), grant.reach);
            Self { cabinet, role, reach, version }
        }))
    }

    fn registered(account: &Account, cabinet: CabinetId) -> Option<Self> {
        let home = account.membership.filter(|home| home.cabinet == cabinet)?;
        Some(Self { cabinet, role: account.role, reach: home.reach, version: 0 })
    }
}

/// The cabinets for which a provider can vouch for a user: those of which they are a member now, and
/// which are the provider's own or below it.
pub(crate) async fn cabinets_of_provider(
    lookup: &Lookup,
    provider: ProviderId,
    user: UserId,
) -> Result<Vec<CabinetId>, Problem> {
    let provider = lookup.load(provider).await?;
    let Some(settings) = provider.registered().filter(|settings| settings.enabled) else {
        return Ok(vec![]);
    };
    Ok(organizations::memberships_within(lookup, user, settings.cabinet).await?)
}
