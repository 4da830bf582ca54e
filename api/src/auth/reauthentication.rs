//! Re-authentication of a signed-in user before actions that cannot be undone.

use std::sync::Arc;

use axum::http::StatusCode;
use chrono::TimeDelta;
use commands::Commands;
use domain::identity::session::{Method, Origin};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    attempts::{AttemptLimiter, Bucket},
    codes::{OneTimeCodes, wrong_code_problem},
    mfa_policy::{MfaPolicy, factor_required_problem},
    session_start::started_at,
    user_account::UserAccount,
};
use crate::{
    caller::Caller,
    passwords::Passwords,
    problem::{Problem, ProblemCode},
};

/// How long a sign-in with a passkey counts as re-authentication.
const RECENT_SIGN_IN: TimeDelta = TimeDelta::minutes(10);

/// What one shows once more, although one is signed in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PresentProofs)]
pub(super) struct ReauthenticationProofs {
    /// The present one.
    #[schema(format = Password)]
    pub(super) password: String,
    /// A code of the authenticator app, or a recovery code, of whoever has an app.
    #[serde(default)]
    pub(super) code: Option<String>,
}

/// Checks the password and the second factor of a signed-in user again.
#[derive(Clone)]
pub(crate) struct Reauthentication {
    pub(super) commands: Commands,
    pub(super) attempts: AttemptLimiter,
    pub(super) passwords: Arc<Passwords>,
    pub(super) codes: OneTimeCodes,
    pub(super) factors: MfaPolicy,
}

impl Reauthentication {
    /// The caller's account, if their password and, if they have one, their second factor are right. It
    /// protects users who left a session open.
    pub(super) async fn verify(
        &self,
        caller: &Caller,
        origin: &Origin,
        proofs: ReauthenticationProofs,
    ) -> Result<UserAccount, Problem> {
        if caller.is_guest() {
            return Err(Problem::unauthenticated());
        }
        let session = caller.session().ok_or_else(Problem::unauthenticated)?;
        let bucket = Bucket::Password(caller.id.into(), session);
        let attempt = self.attempts.begin(bucket).await?;
        let account = UserAccount::by_id(self.commands.aggregates(), caller.id.into()).await?;
        let account =
            account.filter(UserAccount::is_active).ok_or_else(Problem::unauthenticated)?;
        let hash = account.state.password.as_ref().and_then(|hash| hash.get());
        let hash = hash.map(|hash| hash.as_str().to_owned());
        if !self.passwords.check(origin.address, hash, proofs.password).await? {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                ProblemCode::WrongPassword,
                "this takes your present password",
            ));
        }
        self.attempts.record_success(attempt).await?;
        let enrolled = &account.state.factors;
        if enrolled.totp_enabled {
            let lacking = || factor_required_problem(StatusCode::FORBIDDEN, Method::OneTimeCode);
            let code = proofs.code.ok_or_else(lacking)?;
            self.codes.check_code(&account, &code, None).await?.ok_or_else(wrong_code_problem)?;
        } else if !enrolled.passkeys.is_empty()
            && self.factors.is_required(caller.role)
            && !self.has_recent_passkey(caller)
        {
            // Where a password alone is enough to sign in, it is enough here.
            return Err(factor_required_problem(StatusCode::FORBIDDEN, Method::Passkey));
        }
        Ok(account)
    }

    fn has_recent_passkey(&self, caller: &Caller) -> bool {
        let passkey =
            caller.sign_in_methods().is_some_and(|methods| methods.contains(&Method::Passkey));
        let started = caller.session().and_then(started_at);
        passkey && started.is_some_and(|started| self.commands.now() < started + RECENT_SIGN_IN)
    }
}
