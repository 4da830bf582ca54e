//! Which roles require a second factor.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use commands::Commands;
use domain::identity::{
    Role,
    session::{Grant, Method},
};
use sqlx::PgPool;

use super::user_account::UserAccount;
use crate::{
    cabinet_access::CabinetAccess,
    problem::{Problem, ProblemCode},
};

/// The scope of a token with which one can only enroll the second factor that one's role asks for.
pub(crate) const ENROLMENT_SCOPE: &str = "enrolment";
/// Whether a method is more than a password. An organisation's provider is trusted to have required
/// enough.
fn is_strong(method: Method) -> bool {
    match method {
        Method::OneTimeCode | Method::Passkey | Method::Federated => true,
        Method::Password => false,
    }
}

/// The roles in which a password alone is not enough.
#[derive(Clone)]
pub(crate) struct MfaPolicy {
    pub(super) db: PgPool,
    pub(super) commands: Commands,
    pub(super) roles: BTreeSet<Role>,
}

impl MfaPolicy {
    /// Whether a role requires a second factor.
    pub(super) fn is_required(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Whether a role requires a second factor that these methods lack.
    pub(crate) fn is_missing(&self, role: Role, methods: &[Method]) -> bool {
        self.is_required(role) && !methods.iter().copied().any(is_strong)
    }

    /// As [`is_missing`](Self::is_missing), for a user in their present role.
    pub(crate) async fn is_missing_now(
        &self,
        account: &UserAccount,
        grant: &Grant,
    ) -> Result<bool, Problem> {
        if self.roles.is_empty() {
            return Ok(false);
        }
        let (aggregates, state) = (self.commands.aggregates(), &account.state);
        let access =
            CabinetAccess::resolve(aggregates, &self.db, account.user, state, grant.provider)
                .await?;
        let role = access.map_or(state.role, |access| access.role);
        Ok(self.is_missing(role, &grant.methods))
    }
}

/// The problem that asks to show a second factor by this method. Who has none yet is told to enroll one
/// ([`Problem::mfa_required`]).
pub(super) fn factor_required_problem(status: StatusCode, method: Method) -> Problem {
    let detail = match method {
        Method::Passkey => "sign in with your passkey first, and do it within ten minutes",
        _ => "send a code of your authenticator app, or a recovery code, as well",
    };
    Problem::new(status, ProblemCode::MfaRequired, detail).with("methods", vec![method.to_string()])
}
