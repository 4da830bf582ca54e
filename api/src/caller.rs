//! Who calls, and what they have a right to.

use std::{ops::Deref, sync::Arc};

use commands::{
    Lookup,
    policy::{self, Right},
};
use domain::identity::{
    Actor, Role, RowScope, Scope,
    session::{Method, SessionId},
};
use uuid::Uuid;

use crate::{
    auth::UserAccount,
    principal::{Credential, Principal},
    problem::Problem,
    tokens::Claims,
};

/// Who calls: somebody with a credential, or a guest without one.
///
/// Being a guest is no error here. Whether guests may do what is asked the matrix of rights says;
/// where it says no, a guest is told to sign in.
#[derive(Debug, Clone)]
pub(crate) struct Caller(Arc<Principal>);

impl From<Principal> for Caller {
    fn from(principal: Principal) -> Self {
        Self(Arc::new(principal))
    }
}

impl Caller {
    pub(crate) fn guest() -> Self {
        let (actor, until) = (Actor::new(Uuid::nil(), Role::Guest), u64::MAX);
        let (credential, verified, depends_on) = (None, None, vec![]);
        Self(Arc::new(Principal { actor, credential, until, verified, depends_on }))
    }

    pub(crate) fn is_guest(&self) -> bool {
        self.0.credential.is_none()
    }

    /// Whom their credential stands for.
    pub(crate) fn principal(&self) -> &Principal {
        &self.0
    }

    pub(crate) fn actor(&self) -> &Actor {
        &self.0.actor
    }

    /// What their token says; guests and programs have none.
    pub(crate) fn claims(&self) -> Option<&Claims> {
        match &self.0.credential {
            Some(Credential::Token { claims, .. }) => Some(claims),
            _ => None,
        }
    }

    /// Their account, as it is by now.
    pub(crate) async fn account(&self, lookup: &Lookup) -> Result<UserAccount, Problem> {
        if self.is_guest() {
            return Err(Problem::unauthenticated());
        }
        let known = UserAccount::by_id(lookup, self.id.into()).await?;
        known.filter(UserAccount::is_active).ok_or_else(Problem::unauthenticated)
    }

    /// Until when their credential is good, in seconds of the epoch.
    pub(crate) fn until(&self) -> u64 {
        self.0.until
    }

    /// The key that they call with; people have none.
    pub(crate) fn key(&self) -> Option<Uuid> {
        match &self.0.credential {
            Some(Credential::Key(key)) => Some(key.id.uuid()),
            _ => None,
        }
    }

    /// The session in which they call.
    pub(crate) fn session(&self) -> Option<SessionId> {
        self.claims().map(|claims| claims.sid.into())
    }

    /// Whether they call through an application, and this is nothing for applications.
    pub(crate) fn lacks_as_application(&self, right: Right) -> bool {
        let application = self.claims().is_some_and(|claims| claims.client_id.is_some());
        application && policy::NEVER_DELEGATED.contains(&right)
    }

    /// How they proved who they are.
    pub(crate) fn methods(&self) -> Option<&[Method]> {
        self.claims().map(|claims| claims.amr.as_slice())
    }

    pub(crate) fn scope(&self, right: Right) -> Scope {
        policy::granted(right, self.actor())
    }

    /// Whose things the caller sees by a right.
    pub(crate) fn row_scope(&self, right: Right) -> Result<RowScope, Problem> {
        self.row_scope_within(right, Scope::All)
    }

    /// As [`row_scope`](Self::sight), but no further than `widest`.
    pub(crate) fn row_scope_within(
        &self,
        right: Right,
        widest: Scope,
    ) -> Result<RowScope, Problem> {
        let scope = self.scope(right).min(widest);
        // What a guest owns, a signed link says; this one has none.
        let knocks = self.is_guest() && scope != Scope::All && self.actor().customer.is_none();
        match scope.row_scope(self.actor()) {
            _ if knocks => Err(Problem::unauthenticated()),
            RowScope::Nothing => Err(Problem::forbidden(right)),
            row_scope => Ok(row_scope),
        }
    }

    /// Whose histories the caller sees, of things that are seen by a right.
    pub(crate) fn row_scope_of_histories(&self, seen: Right) -> Result<RowScope, Problem> {
        self.row_scope(Right::History)?;
        self.row_scope_within(seen, self.scope(Right::History))
    }

    /// What becomes of a refusal for lack of rights: a guest should sign in.
    pub(crate) fn refused(&self, problem: Problem) -> Problem {
        if self.is_guest() && problem.status() == 403 {
            Problem::unauthenticated()
        } else {
            problem
        }
    }
}

impl Deref for Caller {
    type Target = Actor;

    fn deref(&self) -> &Actor {
        self.actor()
    }
}
