//! Signing in with a login and a password, and a code where one is asked for.

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
    attempts::{Attempt, Attempts, Bucket},
    codes::Codes,
    devices::Devices,
    factors::mfa_required,
    sessions::{NewSession, Sessions, TokenPair},
    user_account::UserAccount,
};
use crate::{passwords::Passwords, problem::Problem};

/// Who is not let in, or asks for something by mail, hears so after this time, whatever there was
/// to do: how long it took tells nothing.
pub(super) const THINKING: Duration = Duration::from_millis(400);
/// Nobody's login or password is longer; hashing what is would only be work.
const LONGEST: usize = 1024;

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

/// By which way somebody is let try: the attempts of each are counted apart.
#[derive(Debug)]
enum Lane {
    /// From a device that the owner of the account used before.
    Device { device: Uuid, attempt: Attempt },
    /// As everybody may who is not known here.
    Stranger { attempt: Attempt, network: Option<Attempt> },
    /// While others have used up what strangers may try: by password and code at once. Whoever has
    /// one of them learns nothing.
    Both { attempt: Attempt, network: Option<Attempt> },
}

impl Lane {
    fn device(&self) -> Option<Uuid> {
        match self {
            Self::Device { device, .. } => Some(*device),
            Self::Stranger { .. } | Self::Both { .. } => None,
        }
    }
}

/// What somebody who signs in has proved.
enum Proof {
    None,
    WithoutCode,
    Complete(Box<UserAccount>, Vec<Method>),
}

/// Lets people in by their passwords.
#[derive(Clone)]
pub(crate) struct SignIn {
    pub(super) commands: Commands,
    pub(super) attempts: Attempts,
    pub(super) devices: Devices,
    pub(super) passwords: Arc<Passwords>,
    pub(super) codes: Codes,
    pub(super) sessions: Sessions,
}

impl SignIn {
    /// Lets in whoever knows login and password, and has a code where one is asked for.
    pub(crate) async fn by_password(
        &self,
        login: Login,
        origin: Origin,
    ) -> Result<TokenPair, Problem> {
        let Login { login, password, code, device_token } = login;
        if login.len() > LONGEST || password.len() > LONGEST {
            return Err(unknown());
        }
        let device = device_token.and_then(|token| self.devices.read(&token, self.commands.now()));
        // Nobody but who was here before makes us look the account up before the attempt counts.
        let early = match device {
            Some(_) => UserAccount::by_login(self.commands.lookup(), &login).await?,
            None => None,
        };
        let device =
            device.filter(|device| early.as_ref().is_some_and(|account| device.is_of(account)));
        let device = device.map(|device| (device.id, device.user));
        let lane = self.lane(&login, device, &origin, code.is_some()).await?;
        let answer = Instant::now() + THINKING;
        let account = match early {
            Some(account) => Some(account),
            None => UserAccount::by_login(self.commands.lookup(), &login).await?,
        };
        let user = account.as_ref().map(|account| account.user);
        match self.proves(account, password, code, &lane, &origin).await? {
            Proof::Complete(account, methods) => {
                let device = lane.device().unwrap_or_else(Uuid::now_v7);
                self.let_in(lane).await?;
                let pair = self
                    .sessions
                    .start(&account, NewSession::first_party(methods, origin)?)
                    .await?;
                Ok(self.sessions.at_device(pair, &account, device))
            }
            Proof::WithoutCode => {
                self.let_in(lane).await?;
                Err(mfa_required(StatusCode::UNAUTHORIZED, Method::OneTimeCode))
            }
            Proof::None => {
                self.attempts.record_failure(user, origin).await?;
                sleep_until(answer).await;
                Err(unknown())
            }
        }
    }

    /// Counts the attempt, or refuses it because of those before.
    async fn lane(
        &self,
        login: &str,
        device: Option<(Uuid, UserId)>,
        origin: &Origin,
        with_code: bool,
    ) -> Result<Lane, Problem> {
        if let Some((device, user)) = device {
            let attempt = self.attempts.begin(Bucket::Device(user, device)).await?;
            return Ok(Lane::Device { device, attempt });
        }
        let network = match origin.address {
            Some(from) => Some(self.attempts.begin(Bucket::Network(from)).await?),
            None => None,
        };
        let refused = match self.attempts.begin(Bucket::Login(login)).await {
            Ok(attempt) => return Ok(Lane::Stranger { attempt, network }),
            Err(problem) => problem,
        };
        if with_code && refused.is("locked") {
            let both = self.attempts.begin(Bucket::Both(login, origin.address)).await;
            if let Ok(attempt) = both {
                return Ok(Lane::Both { attempt, network });
            }
        }
        // What was not tried is none of the network's failures.
        if let Some(network) = network {
            self.attempts.withdrawn(network).await?;
        }
        Err(refused)
    }

    /// The attempt went well.
    async fn let_in(&self, lane: Lane) -> sqlx::Result<()> {
        let (attempt, network) = match lane {
            Lane::Device { attempt, .. } => (attempt, None),
            Lane::Stranger { attempt, network } | Lane::Both { attempt, network } => {
                (attempt, network)
            }
        };
        self.attempts.succeeded(attempt).await?;
        match network {
            Some(network) => self.attempts.withdrawn(network).await,
            None => Ok(()),
        }
    }

    /// What password and code prove. The password is checked whatever is known, so that the work
    /// tells nothing either.
    async fn proves(
        &self,
        account: Option<UserAccount>,
        password: String,
        code: Option<String>,
        lane: &Lane,
        origin: &Origin,
    ) -> Result<Proof, Problem> {
        let both = matches!(lane, Lane::Both { .. });
        // An account without codes has no lane for both; nobody shall see that it has none.
        let account = account.filter(|account| !both || account.state.proofs.totp_enabled);
        let hash = account.as_ref().and_then(|account| account.state.password.as_ref()?.get());
        let hash = hash.map(|hash| hash.as_str().to_owned());
        let fits = self.passwords.check(origin.address, hash, password).await?;
        let Some(account) = account.filter(|account| fits && account.is_active()) else {
            return Ok(Proof::None);
        };
        if !account.state.proofs.totp_enabled {
            return Ok(Proof::Complete(Box::new(account), vec![Method::Password]));
        }
        let Some(code) = code else { return Ok(Proof::WithoutCode) };
        Ok(match self.codes.shows_code(&account, &code, lane.device()).await {
            Ok(Some(method)) => Proof::Complete(Box::new(account), vec![Method::Password, method]),
            Ok(None) => Proof::None,
            // That it is the code that has to wait would tell that the password is right.
            Err(problem) if both && problem.is("locked") => Proof::None,
            Err(problem) => return Err(problem),
        })
    }
}

/// Whatever is wrong, this is all that is told.
fn unknown() -> Problem {
    let detail = "login, password or code is wrong, or the account is closed";
    Problem::new(StatusCode::UNAUTHORIZED, "not_signed_in", detail)
}
