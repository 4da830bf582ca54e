//! Sign-in with login and password, and a one-time code where one is required.

use std::{sync::Arc, time::Duration};

use axum::http::StatusCode;
use commands::Commands;
use domain::identity::{
    session::{Method, Origin},
    user::UserId,
};
use serde::Deserialize;
use tokio::time::{Instant, sleep_until};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    attempts::{Attempt, AttemptLimiter, Bucket},
    codes::OneTimeCodes,
    devices::KnownDeviceTokens,
    mfa_policy::factor_required_problem,
    sessions::{IssuedTokens, NewSession, Sessions},
    user_account::UserAccount,
};
use crate::{
    passwords::Passwords,
    problem::{Problem, ProblemCode},
};

/// Failed sign-ins and requests for mails are answered after this time, so that timing reveals
/// nothing.
pub(super) const RESPONSE_TIME: Duration = Duration::from_millis(400);
/// The longest login and password, in bytes; hashing longer ones would only cost work.
const MAX_LENGTH: usize = 1024;

/// Who wants to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "that is what clients know it by")]
pub(crate) struct Login {
    /// The e-mail address of the account.
    pub(crate) login: String,
    #[schema(format = Password)]
    pub(crate) password: String,
    /// A code of the authenticator app, or a recovery code, where one is asked for.
    #[serde(default)]
    pub(crate) code: Option<String>,
    /// What came with an earlier sign-in from here. A browser has it as a cookie.
    #[serde(default)]
    pub(crate) device_token: Option<String>,
}

/// What an attempt counts as: each kind has counters and locks of its own.
#[derive(Debug)]
enum AttemptKind {
    /// From a device from which the owner of the account signed in before.
    KnownDevice { device: Uuid, attempt: Attempt },
    /// From an unknown device.
    UnknownDevice { attempt: Attempt, network: Option<Attempt> },
    /// From an unknown device while those are locked: password and code must both be right at once,
    /// and the answer does not tell which one is wrong.
    PasswordAndCode { attempt: Attempt, network: Option<Attempt> },
}

impl AttemptKind {
    fn device(&self) -> Option<Uuid> {
        match self {
            Self::KnownDevice { device, .. } => Some(*device),
            Self::UnknownDevice { .. } | Self::PasswordAndCode { .. } => None,
        }
    }
}

/// What a user who signs in has proved.
enum SignInProof {
    None,
    WithoutCode,
    Complete(Box<UserAccount>, Vec<Method>),
}

/// Signs users in by password.
#[derive(Clone)]
pub(crate) struct PasswordSignIn {
    pub(super) commands: Commands,
    pub(super) attempts: AttemptLimiter,
    pub(super) devices: KnownDeviceTokens,
    pub(super) passwords: Arc<Passwords>,
    pub(super) codes: OneTimeCodes,
    pub(super) sessions: Sessions,
}

impl PasswordSignIn {
    /// Starts a session for the right login and password, and a right code where one is required.
    pub(crate) async fn by_password(
        &self,
        login: Login,
        origin: Origin,
    ) -> Result<IssuedTokens, Problem> {
        let Login { login, password, code, device_token } = login;
        if login.len() > MAX_LENGTH || password.len() > MAX_LENGTH {
            return Err(not_signed_in());
        }
        let device =
            device_token.and_then(|token| self.devices.verify(&token, self.commands.now()));
        // Only a known device makes us look up the account before the attempt is counted.
        let early = match device {
            Some(_) => UserAccount::by_login(self.commands.aggregates(), &login).await?,
            None => None,
        };
        let device = device
            .filter(|device| early.as_ref().is_some_and(|account| device.is_known_to(account)));
        let device = device.map(|device| (device.id, device.user));
        let kind = self.attempt_kind(&login, device, &origin, code.is_some()).await?;
        let answer_at = Instant::now() + RESPONSE_TIME;
        let account = match early {
            Some(account) => Some(account),
            None => UserAccount::by_login(self.commands.aggregates(), &login).await?,
        };
        let user = account.as_ref().map(|account| account.user);
        match self.verify(account, password, code, &kind, &origin).await? {
            SignInProof::Complete(account, methods) => {
                let device = kind.device().unwrap_or_else(Uuid::now_v7);
                self.record_success(kind).await?;
                let tokens = self
                    .sessions
                    .start(&account, NewSession::first_party(methods, origin)?)
                    .await?;
                Ok(self.sessions.with_device_token(tokens, &account, device))
            }
            SignInProof::WithoutCode => {
                self.record_success(kind).await?;
                Err(factor_required_problem(StatusCode::UNAUTHORIZED, Method::OneTimeCode))
            }
            SignInProof::None => {
                self.attempts.record_failed_sign_in(user, origin).await?;
                sleep_until(answer_at).await;
                Err(not_signed_in())
            }
        }
    }

    /// Counts the attempt, or refuses it because of those before.
    async fn attempt_kind(
        &self,
        login: &str,
        device: Option<(Uuid, UserId)>,
        origin: &Origin,
        with_code: bool,
    ) -> Result<AttemptKind, Problem> {
        if let Some((device, user)) = device {
            let attempt = self.attempts.begin(Bucket::Device(user, device)).await?;
            return Ok(AttemptKind::KnownDevice { device, attempt });
        }
        let network = match origin.address {
            Some(from) => Some(self.attempts.begin(Bucket::Network(from)).await?),
            None => None,
        };
        let refused = match self.attempts.begin(Bucket::Login(login)).await {
            Ok(attempt) => return Ok(AttemptKind::UnknownDevice { attempt, network }),
            Err(problem) => problem,
        };
        if with_code && refused.has_code("locked") {
            let both = self.attempts.begin(Bucket::PasswordAndCode(login, origin.address)).await;
            if let Ok(attempt) = both {
                return Ok(AttemptKind::PasswordAndCode { attempt, network });
            }
        }
        // A refused attempt does not count against the network.
        if let Some(network) = network {
            self.attempts.withdraw(network).await?;
        }
        Err(refused)
    }

    /// Resets the counts after a successful attempt.
    async fn record_success(&self, kind: AttemptKind) -> sqlx::Result<()> {
        let (attempt, network) = match kind {
            AttemptKind::KnownDevice { attempt, .. } => (attempt, None),
            AttemptKind::UnknownDevice { attempt, network }
            | AttemptKind::PasswordAndCode { attempt, network } => (attempt, network),
        };
        self.attempts.record_success(attempt).await?;
        match network {
            Some(network) => self.attempts.withdraw(network).await,
            None => Ok(()),
        }
    }

    /// Checks password and code. The password is hashed even without an account, so that the work
    /// reveals nothing.
    async fn verify(
        &self,
        account: Option<UserAccount>,
        password: String,
        code: Option<String>,
        kind: &AttemptKind,
        origin: &Origin,
    ) -> Result<SignInProof, Problem> {
        let both = matches!(kind, AttemptKind::PasswordAndCode { .. });
        // Where both are asked for at once, an account without codes looks like none, so that nobody learns it has none.
        let account = account.filter(|account| !both || account.state.factors.totp_enabled);
        let hash = account.as_ref().and_then(|account| account.state.password.as_ref()?.get());
        let hash = hash.map(|hash| hash.as_str().to_owned());
        let password_matches = self.passwords.check(origin.address, hash, password).await?;
        let Some(account) = account.filter(|account| password_matches && account.is_active())
        else {
            return Ok(SignInProof::None);
        };
        if !account.state.factors.totp_enabled {
            return Ok(SignInProof::Complete(Box::new(account), vec![Method::Password]));
        }
        let Some(code) = code else { return Ok(SignInProof::WithoutCode) };
        Ok(match self.codes.check_code(&account, &code, kind.device()).await {
            Ok(Some(method)) => {
                SignInProof::Complete(Box::new(account), vec![Method::Password, method])
            }
            Ok(None) => SignInProof::None,
            // Telling that only the code is locked would reveal that the password is right.
            Err(problem) if both && problem.has_code("locked") => SignInProof::None,
            Err(problem) => return Err(problem),
        })
    }
}

/// The answer to every failed sign-in, whatever is wrong.
fn not_signed_in() -> Problem {
    let detail = "login, password or code is wrong, or the account is closed";
    Problem::new(StatusCode::UNAUTHORIZED, ProblemCode::NotSignedIn, detail)
}
