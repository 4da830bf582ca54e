//! In which cabinet somebody acts: a member of several acts in one at a time (ORG-8).

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
        cabinet::{CabinetId, Standing},
        membership::{Membership, MembershipId},
    },
};
use projections::organizations::membership;
use sqlx::PgPool;

use crate::problem::Problem;

/// What a user may do in the cabinet they act in, as the log knows it at this moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CabinetAccess {
    pub(crate) cabinet: CabinetId,
    pub(crate) role: Role,
    pub(crate) reach: Reach,
    /// Of the membership: it is another as soon as anything here may be (ORG-7).
    pub(crate) version: i32,
}

impl CabinetAccess {
    /// In the cabinet that they chose, if they are a member there, or else in their first one.
    /// Whoever is no client acts in none. Whom a provider let in acts in its cabinet or below, as
    /// a member, or not at all.
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
            let choices = vouched_cabinets(lookup, provider, user).await?;
            let chosen = account.acts_in.filter(|chosen| choices.contains(chosen));
            let Some(cabinet) = chosen.or(choices.first().copied()) else { return Ok(None) };
            return Self::in_cabinet(lookup, user, cabinet).await;
        }
        if let Some(chosen) = account.acts_in
            && let Some(access) = Self::in_cabinet(lookup, user, chosen).await?
        {
            return Ok(Some(access));
        }
        match membership::first(db, user).await? {
            Some(first) => Self::in_cabinet(lookup, user, first).await,
            None => Ok(None),
        }
    }

    /// Whether somebody in a session may act in a cabinet: whom a provider let in, only in its
    /// cabinet and those below (ORG-8).
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
                Ok(vouched_cabinets(lookup, provider, user).await?.contains(&cabinet))
            }
            None => Ok(true),
        }
    }

    /// In this cabinet, if they are a member there and it is not closed.
    pub(crate) async fn in_cabinet(
        lookup: &Lookup,
        user: UserId,
        cabinet: CabinetId,
    ) -> Result<Option<Self>, Problem> {
        if lookup.load(cabinet).await?.standing() == Standing::Closed {
            return Ok(None);
        }
        let history = lookup.history(MembershipId::of(cabinet, user)).await?;
        let Some(version) = history.last().map(|last| last.version) else {
            // Registered for it a moment ago, and not a member yet.
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

/// The cabinets in which a provider's word counts for a user: those of which they are a member at
/// this moment, and which are the provider's own or below it.
pub(crate) async fn vouched_cabinets(
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
