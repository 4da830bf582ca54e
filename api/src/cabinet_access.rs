//! The cabinet that a user acts in: a member of several acts in one at a time (ORG-8).

use commands::{AggregateReader, Commands, organizations};
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
        aggregates: &AggregateReader,
        db: &PgPool,
        user: UserId,
        account: &Account,
        provider: Option<ProviderId>,
    ) -> Result<Option<Self>, Problem> {
        if !account.role.is_client() {
            return Ok(None);
        }
        if let Some(provider) = provider {
            let choices = user_cabinets_of_provider(aggregates, provider, user).await?;
            let chosen = account.acts_in.filter(|chosen| choices.contains(chosen));
            let Some(cabinet) = chosen.or(choices.first().copied()) else { return Ok(None) };
            return Self::load(aggregates, user, cabinet).await;
        }
        if let Some(chosen) = account.acts_in
            && let Some(access) = Self::load(aggregates, user, chosen).await?
        {
            return Ok(Some(access));
        }
        match membership::first_cabinet(db, user).await? {
            Some(first) => Self::load(aggregates, user, first).await,
            None => Ok(None),
        }
    }

    /// Whether a session may act in a cabinet. One that a provider signed in may only in its cabinet
    /// and those below (ORG-8).
    pub(crate) async fn is_allowed_by_provider(
        commands: &Commands,
        session: SessionId,
        cabinet: CabinetId,
    ) -> Result<bool, Problem> {
        let aggregates = commands.aggregates();
        let session = aggregates.load(session).await?;
        let grant = session.grant(commands.now());
        match grant.and_then(|grant| Some((grant.user, grant.provider?))) {
            Some((user, provider)) => {
                Ok(user_cabinets_of_provider(aggregates, provider, user).await?.contains(&cabinet))
            }
            None => Ok(true),
        }
    }

    /// The access to this cabinet, if they are a member there and it is not closed.
    pub(crate) async fn load(
        aggregates: &AggregateReader,
        user: UserId,
        cabinet: CabinetId,
    ) -> Result<Option<Self>, Problem> {
        if aggregates.load(cabinet).await?.status() == CabinetStatus::Closed {
            return Ok(None);
        }
        let history = aggregates.history(MembershipId::in_cabinet_of_user(cabinet, user)).await?;
        let Some(version) = history.last().map(|last| last.version) else {
            // Just registered for this cabinet; the membership is not recorded yet.
            let user = aggregates.load(user).await?;
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
pub(crate) async fn user_cabinets_of_provider(
    aggregates: &AggregateReader,
    provider: ProviderId,
    user: UserId,
) -> Result<Vec<CabinetId>, Problem> {
    let provider = aggregates.load(provider).await?;
    let Some(settings) = provider.registered().filter(|settings| settings.enabled) else {
        return Ok(vec![]);
    };
    Ok(organizations::cabinets_of_user_in_subtree(aggregates, user, settings.cabinet).await?)
}
