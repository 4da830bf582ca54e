//! What somebody has to prove beside a password, by their role.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use commands::Commands;
use domain::identity::{
    Role,
    session::{Grant, Method},
};
use sqlx::PgPool;

use super::user_account::UserAccount;
use crate::{cabinet_access::CabinetAccess, problem::Problem};

/// The scope of a token with which one can only enroll the second factor that one's role asks for.
pub(crate) const ENROLMENT: &str = "enrolment";
/// Whether more than a password was shown. A provider of somebody's organisation answers for what it
/// asked for.
fn is_strong(method: Method) -> bool {
    match method {
        Method::OneTimeCode | Method::Passkey | Method::Federated => true,
        Method::Password => false,
    }
}

/// In which roles a password alone lets nobody in.
#[derive(Clone)]
pub(crate) struct RequiredFactor {
    pub(super) db: PgPool,
    pub(super) commands: Commands,
    pub(super) roles: BTreeSet<Role>,
}

impl RequiredFactor {
    /// Whether a role asks for more than a password.
    pub(super) fn is_required(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Whether a role asks for more than was shown when a session began.
    pub(crate) fn lacks(&self, role: Role, methods: &[Method]) -> bool {
        self.is_required(role) && !methods.iter().copied().any(is_strong)
    }

    /// As [`lacks`](Self::lacks), of somebody in the role that they have by now.
    pub(crate) async fn lacks_now(
        &self,
        account: &UserAccount,
        grant: &Grant,
    ) -> Result<bool, Problem> {
        if self.roles.is_empty() {
            return Ok(false);
        }
        let (lookup, state) = (self.commands.lookup(), &account.state);
        let access =
            CabinetAccess::resolve(lookup, &self.db, account.user, state, grant.provider).await?;
        let role = access.map_or(state.role, |access| access.role);
        Ok(self.lacks(role, &grant.methods))
    }
}

/// What is to be shown beside the password.
pub(super) fn mfa_required(status: StatusCode, method: Method) -> Problem {
    let detail = match method {
        Method::Passkey => "sign in with your passkey first, and do it within ten minutes",
        _ => "send a code of your authenticator app, or a recovery code, as well",
    };
    Problem::new(status, "mfa_required", detail).with("methods", vec![method.to_string()])
}
