//! In which cabinet somebody acts: a member of several acts in one at a time (ORG-8).

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

use crate::{App, oauth::federation, problem::Problem};

/// What a user may do in the cabinet he acts in, as the log knows it at this moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Acting {
    pub(crate) cabinet: CabinetId,
    pub(crate) role: Role,
    pub(crate) reach: Reach,
    /// Of the membership: it is another as soon as anything here may be (ORG-7).
    pub(crate) version: i32,
}

impl Acting {
    /// In the cabinet that they chose, if they are a member there, or else in their first one.
    /// Whoever is no client acts in none. Whom a provider let in acts in its cabinet or below, as
    /// a member, or not at all.
    pub(crate) async fn of(
        app: &App,
        user: UserId,
        account: &Account,
        provider: Option<ProviderId>,
    ) -> Result<Option<Self>, Problem> {
        if !account.role.is_client() {
            return Ok(None);
        }
        if let Some(provider) = provider {
            let choices = federation::vouched(app, provider, user).await?;
            let chosen = account.acts_in.filter(|chosen| choices.contains(chosen));
            let Some(cabinet) = chosen.or(choices.first().copied()) else { return Ok(None) };
            return Self::within(app, user, cabinet).await;
        }
        if let Some(chosen) = account.acts_in
            && let Some(acting) = Self::within(app, user, chosen).await?
        {
            return Ok(Some(acting));
        }
        match membership::first(&app.db, user).await? {
            Some(first) => Self::within(app, user, first).await,
            None => Ok(None),
        }
    }

    /// Whether somebody in a session may act in a cabinet: whom a provider let in, only in its
    /// cabinet and those below (ORG-8).
    pub(crate) async fn is_open(
        app: &App,
        session: SessionId,
        cabinet: CabinetId,
    ) -> Result<bool, Problem> {
        let session = app.commands.lookup().load(session).await?;
        let grant = session.grant(app.commands.now());
        match grant.and_then(|grant| Some((grant.user, grant.provider?))) {
            Some((user, provider)) => {
                Ok(federation::vouched(app, provider, user).await?.contains(&cabinet))
            }
            None => Ok(true),
        }
    }

    /// In this cabinet, if they are a member there and it is not closed.
    pub(crate) async fn within(
        app: &App,
        user: UserId,
        cabinet: CabinetId,
    ) -> Result<Option<Self>, Problem> {
        let lookup = app.commands.lookup();
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
