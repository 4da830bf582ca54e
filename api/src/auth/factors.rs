//! What somebody has to prove beside a password: by their role, and once more before what cannot be
//! undone.

use axum::http::StatusCode;
use chrono::TimeDelta;
use domain::identity::{
    Role,
    session::{Method, Origin},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Known, attempts::Bucket, sessions::began, sign_in::mfa_required};
use crate::{App, acting::Acting, caller::Caller, problem::Problem};

/// The scope of a token with which one can only enroll the second factor that one's role asks for.
pub(crate) const ENROLMENT: &str = "enrolment";
/// For how long a passkey that one has just signed in with is a present proof.
const PRESENT: TimeDelta = TimeDelta::minutes(10);

/// What one shows once more, although one is signed in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Present {
    /// The present one.
    #[schema(format = Password)]
    pub(super) password: String,
    /// A code of the authenticator app, or a recovery code, of whoever has an app.
    #[serde(default)]
    pub(super) code: Option<String>,
}

/// Whether more than a password was shown. A provider of somebody's organisation answers for what it
/// asked for.
fn is_strong(method: Method) -> bool {
    match method {
        Method::OneTimeCode | Method::Passkey | Method::Federated => true,
        Method::Password => false,
    }
}

impl App {
    /// Whether a role asks for more than was shown when a session began.
    pub(crate) fn lacks_factor(&self, role: Role, methods: &[Method]) -> bool {
        self.second_factor.contains(&role) && !methods.iter().copied().any(is_strong)
    }

    /// As [`lacks_factor`](Self::lacks_factor), of somebody in the role that they have by now.
    pub(crate) async fn lacks_own_factor(
        &self,
        known: &Known,
        methods: &[Method],
    ) -> Result<bool, Problem> {
        if self.second_factor.is_empty() {
            return Ok(false);
        }
        let acting = Acting::of(self, known.user, &known.account, None).await?;
        let role = acting.map_or(known.account.role, |acting| acting.role);
        Ok(self.lacks_factor(role, methods))
    }

    /// Who calls, if they know the password, and have their second factor at hand if they have one:
    /// what is done next cannot be undone by somebody who finds out later that they left their
    /// session open.
    pub(super) async fn proven(
        &self,
        caller: &Caller,
        origin: &Origin,
        present: Present,
    ) -> Result<Known, Problem> {
        if caller.is_guest() {
            return Err(Problem::unauthenticated());
        }
        let session = caller.session().ok_or_else(Problem::unauthenticated)?;
        let bucket = Bucket::Password(caller.id.into(), session);
        let attempt = self.attempts.begin(bucket).await?;
        let known = Known::by_id(self, caller.id.into()).await?;
        let known = known.filter(Known::is_active).ok_or_else(Problem::unauthenticated)?;
        let hash = known.account.password.as_ref().and_then(|hash| hash.get());
        let hash = hash.map(|hash| hash.as_str().to_owned());
        if !self.passwords.check(origin.address, hash, present.password).await? {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "wrong_password",
                "this takes your present password",
            ));
        }
        self.attempts.succeeded(attempt).await?;
        let proofs = &known.account.proofs;
        if proofs.totp_enabled {
            let lacking = || mfa_required(StatusCode::FORBIDDEN, Method::OneTimeCode);
            let code = present.code.ok_or_else(lacking)?;
            self.shows_code(&known, &code, None).await?.ok_or_else(wrong_code)?;
        } else if !proofs.passkeys.is_empty()
            && self.second_factor.contains(&caller.role)
            && !self.has_just_shown_passkey(caller)
        {
            // Where a password alone is enough to sign in, it is enough here.
            return Err(mfa_required(StatusCode::FORBIDDEN, Method::Passkey));
        }
        Ok(known)
    }

    fn has_just_shown_passkey(&self, caller: &Caller) -> bool {
        let passkey = caller.methods().is_some_and(|shown| shown.contains(&Method::Passkey));
        let began = caller.session().and_then(began);
        passkey && began.is_some_and(|began| self.commands.now() < began + PRESENT)
    }
}

pub(super) fn wrong_code() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "wrong_code", "the code is wrong, or was used before")
}
