//! The caller of a request, and what they have a right to.

use std::{ops::Deref, sync::Arc};

use commands::{
    AggregateReader,
    policy::{self, Right},
};
use domain::{
    crm::customer::CustomerId,
    identity::{
        Actor, Role, RowScope, Scope,
        session::{Method, SessionId},
    },
};
use uuid::Uuid;

use crate::{
    auth::UserAccount,
    principal::{Credential, Principal},
    problem::Problem,
    tokens::Claims,
    visible::Visible,
};

/// The caller: somebody with a credential, or a guest without one.
///
/// Being a guest is no error here. The matrix of rights says what guests may do; where it says no,
/// they are told to sign in.
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

    /// The guest who shows a signed link, which names a customer.
    pub(crate) fn from_link(customer: CustomerId) -> Self {
        let actor = Actor { customer: Some(customer), ..Actor::new(customer.uuid(), Role::Guest) };
        let (until, verified, depends_on) = (u64::MAX, None, vec![]);
        Self(Arc::new(Principal { actor, credential: None, until, verified, depends_on }))
    }

    pub(crate) fn is_guest(&self) -> bool {
        self.0.credential.is_none()
    }

    /// Who their credential identifies.
    pub(crate) fn principal(&self) -> &Principal {
        &self.0
    }

    pub(crate) fn actor(&self) -> &Actor {
        &self.0.actor
    }

    /// The claims of their token; guests and programs have none.
    pub(crate) fn claims(&self) -> Option<&Claims> {
        match &self.0.credential {
            Some(Credential::Token { claims, .. }) => Some(claims),
            _ => None,
        }
    }

    /// Their account, as the log has it now. An error if it is not active.
    pub(crate) async fn account(
        &self,
        aggregates: &AggregateReader,
    ) -> Result<UserAccount, Problem> {
        if self.is_guest() {
            return Err(Problem::unauthenticated());
        }
        let account = UserAccount::by_id(aggregates, self.id.into()).await?;
        account.filter(UserAccount::is_active).ok_or_else(Problem::unauthenticated)
    }

    /// Until when their credential is valid, in seconds since the epoch.
    pub(crate) fn valid_until(&self) -> u64 {
        self.0.until
    }

    /// The key that they call with; people have none.
    pub(crate) fn api_key(&self) -> Option<Uuid> {
        match &self.0.credential {
            Some(Credential::Key(key)) => Some(key.id.uuid()),
            _ => None,
        }
    }

    /// The session in which they call.
    pub(crate) fn session(&self) -> Option<SessionId> {
        self.claims().map(|claims| claims.sid.into())
    }

    /// Whether they call through an application, to which this right is never delegated.
    pub(crate) fn is_denied_to_application(&self, right: Right) -> bool {
        let application = self.claims().is_some_and(|claims| claims.client_id.is_some());
        application && policy::NEVER_DELEGATED.contains(&right)
    }

    /// How they proved who they are.
    pub(crate) fn sign_in_methods(&self) -> Option<&[Method]> {
        self.claims().map(|claims| claims.amr.as_slice())
    }

    pub(crate) fn scope(&self, right: Right) -> Scope {
        policy::granted_scope(right, self.actor())
    }

    /// The rows that a right lets the caller see.
    pub(crate) fn row_scope(&self, right: Right) -> Result<RowScope, Problem> {
        self.row_scope_within(right, Scope::All)
    }

    /// As [`row_scope`](Self::row_scope), but no further than `widest`.
    pub(crate) fn row_scope_within(
        &self,
        right: Right,
        widest: Scope,
    ) -> Result<RowScope, Problem> {
        let scope = self.scope(right).min(widest);
        // A guest owns rows only by a signed link, which names a customer; this one has none.
        let must_sign_in =
            self.is_guest() && scope != Scope::All && self.actor().customer.is_none();
        match scope.row_scope(self.actor()) {
            _ if must_sign_in => Err(Problem::unauthenticated()),
            RowScope::Nothing => Err(Problem::forbidden(right)),
            row_scope => Ok(row_scope),
        }
    }

    /// The rows whose histories the caller may see.
    pub(crate) fn history_row_scope<A: Visible>(&self) -> Result<RowScope, Problem> {
        self.row_scope(A::HISTORY_RIGHT)?;
        self.row_scope_within(A::READ_RIGHT, self.scope(A::HISTORY_RIGHT))
    }

    /// Turns 403 into 401 for guests: they should sign in first.
    pub(crate) fn unauthenticated_if_guest(&self, problem: Problem) -> Problem {
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
