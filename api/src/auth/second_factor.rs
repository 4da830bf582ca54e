//! Codes of an authenticator app (TOTP, RFC 6238), and those that help when it is lost.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use commands::{Failure, Order, policy::Right};
use domain::identity::{
    session::Method,
    user::{Command, Secret, User, UserId},
};
use serde::{Deserialize, Serialize};
use totp_rs::{Builder, Totp};
use utoipa::ToSchema;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{
    From, Known,
    attempts::Bucket,
    browser::Continued,
    factors::{Present, wrong_code},
    sessions::for_user,
};
use crate::{
    App, caller::Caller, given::Given, problem::Problem, routes::Routes, secret::random,
    session::Answer,
};

/// How many recovery codes somebody has at a time.
const CODES: usize = 10;
/// What they are written with: nothing that looks like something else (Crockford's Base32).
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

pub(super) fn routes() -> Routes {
    Routes::default()
        .right(Right::Credentials, routes!(proofs))
        .right(Right::Credentials, routes!(enroll))
        .right(Right::Credentials, routes!(enable))
        .right(Right::Credentials, routes!(disable))
        .right(Right::Credentials, routes!(renew))
}

/// What one proves oneself with, beside the password.
#[derive(Serialize, ToSchema)]
struct Proofs {
    /// Whether codes of an authenticator app are asked for.
    totp: bool,
    /// How many recovery codes are left.
    recovery_codes: usize,
}

/// What do I prove myself with?
#[utoipa::path(get, path = "/auth/mfa", operation_id = "identity.user.proofs",
    tag = "identity",
    responses((status = 200, body = Answer<Proofs>)))]
async fn proofs(State(app): State<App>, caller: Caller) -> Result<Json<Answer<Proofs>>, Problem> {
    let known = app.myself(&caller).await?;
    let proofs = &known.account.proofs;
    let recovery_codes = proofs.recovery.len();
    Ok(Json(Answer { data: Proofs { totp: proofs.totp_enabled, recovery_codes } }))
}

/// What an authenticator app must know.
#[derive(Serialize, ToSchema)]
struct Enrolled {
    /// In Base32, to be typed.
    secret: String,
    /// The same as `otpauth://…`, to be shown as a QR code.
    uri: String,
}

/// Begins to share a secret with an authenticator app. It counts once a code of it was shown.
#[utoipa::path(post, path = "/auth/mfa/totp", operation_id = "identity.user.enroll_totp",
    tag = "identity", request_body = Present,
    responses((status = 200, body = Answer<Enrolled>)))]
async fn enroll(
    State(app): State<App>,
    caller: Caller,
    From(origin): From,
    given: Given<Present>,
) -> Result<Json<Answer<Enrolled>>, Problem> {
    let known = app.proven(&caller, &origin, given.body).await?;
    let secret = totp_rs::Secret::from(random::<20>()?).to_base32();
    let enroll = Command::EnrollTotp { secret: Secret::new(&secret) };
    app.commands.execute(Order::new(known.user, enroll, caller.actor().clone())).await?;
    let email = known.account.email.get().map(|email| email.as_str().replace(':', ""));
    let uri = totp(&secret, email.unwrap_or_default())?.to_url();
    let uri = uri.map_err(|why| anyhow::anyhow!("an otpauth URL: {why}"))?;
    Ok(Json(Answer { data: Enrolled { secret, uri } }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Code {
    /// What the app shows.
    code: String,
}

/// Codes to be kept in a safe place; each is good once, and they are shown only now.
#[derive(Serialize, ToSchema)]
struct RecoveryCodes {
    recovery_codes: Vec<String>,
}

/// Codes for recovery, and the session in which one goes on.
#[derive(Serialize, ToSchema)]
struct Enabled {
    recovery_codes: Vec<String>,
    session: Continued,
}

/// Shows a code of the app; from now on codes are asked for. All sessions end, as they began without
/// one, and this one goes on as a new one.
#[utoipa::path(post, path = "/auth/mfa/totp/enable", operation_id = "identity.user.enable_totp",
    tag = "identity", request_body = Code,
    responses((status = 200, body = Answer<Enabled>)))]
async fn enable(
    State(app): State<App>,
    caller: Caller,
    From(origin): From,
    headers: HeaderMap,
    given: Given<Code>,
) -> Result<(HeaderMap, Json<Answer<Enabled>>), Problem> {
    let known = app.myself(&caller).await?;
    let attempt = app.attempts.begin(Bucket::Code(known.user, None)).await?;
    let step = app.step(&known, &given.body.code)?.ok_or_else(wrong_code)?;
    app.attempts.succeeded(attempt).await?;
    let (recovery_codes, recovery) = app.recovery_codes(known.user)?;
    let enable = Command::EnableTotp { step, recovery };
    let mut methods = caller.methods().unwrap_or_default().to_vec();
    methods.push(Method::OneTimeCode);
    let entry = (methods, origin);
    let (cookies, session) = app.go_on(&caller, known.user, enable, entry, &headers).await?;
    Ok((cookies, Json(Answer { data: Enabled { recovery_codes, session } })))
}

/// Asks for codes no more.
#[utoipa::path(post, path = "/auth/mfa/totp/disable", operation_id = "identity.user.disable_totp",
    tag = "identity", request_body = Present, responses((status = 204)))]
async fn disable(
    State(app): State<App>,
    caller: Caller,
    From(origin): From,
    given: Given<Present>,
) -> Result<StatusCode, Problem> {
    let known = app.proven(&caller, &origin, given.body).await?;
    let disable = Command::DisableTotp {};
    app.commands.execute(Order::new(known.user, disable, caller.actor().clone())).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replaces the recovery codes.
#[utoipa::path(post, path = "/auth/mfa/recovery-codes",
    operation_id = "identity.user.regenerate_recovery_codes",
    tag = "identity",
    request_body = Present, responses((status = 200, body = Answer<RecoveryCodes>)))]
async fn renew(
    State(app): State<App>,
    caller: Caller,
    From(origin): From,
    given: Given<Present>,
) -> Result<Json<Answer<RecoveryCodes>>, Problem> {
    let known = app.proven(&caller, &origin, given.body).await?;
    let (recovery_codes, recovery) = app.recovery_codes(known.user)?;
    let renew = Command::RegenerateRecoveryCodes { recovery };
    app.commands.execute(Order::new(known.user, renew, caller.actor().clone())).await?;
    Ok(Json(Answer { data: RecoveryCodes { recovery_codes } }))
}

impl App {
    /// Counts a guess at a code, and uses the code up; nothing if it is none of theirs, or was used.
    ///
    /// Only whoever knows the password gets so far: guesses are counted over all places where codes
    /// are asked for, and only a right code makes them forgotten. At a device from which the user
    /// signed in before they are counted apart.
    pub(super) async fn shows_code(
        &self,
        known: &Known,
        code: &str,
        device: Option<Uuid>,
    ) -> Result<Option<Method>, Problem> {
        let attempt = self.attempts.begin(Bucket::Code(known.user, device)).await?;
        let method = self.use_code(known, code).await?;
        if method.is_some() {
            self.attempts.succeeded(attempt).await?;
        }
        Ok(method)
    }

    /// Uses up a code of the app or for recovery; nothing if it is none of theirs, or was used.
    async fn use_code(&self, known: &Known, code: &str) -> Result<Option<Method>, Problem> {
        let code: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
        let command = match self.step(known, &code)? {
            Some(step) => {
                let later = step > known.account.proofs.totp_step
                    && self.use_proof(known.user, "totp", step).await?;
                return Ok(later.then_some(Method::OneTimeCode));
            }
            None => Command::UseRecoveryCode { digest: self.digest(known.user, &code) },
        };
        let order = Order::<User>::new(known.user, command, for_user(known.user));
        match self.commands.execute(order).await {
            Ok(_) => Ok(Some(Method::OneTimeCode)),
            Err(Failure::Refused(_)) => Ok(None),
            Err(failure) => Err(failure.into()),
        }
    }

    /// The account of who calls.
    pub(super) async fn myself(&self, caller: &Caller) -> Result<Known, Problem> {
        if caller.is_guest() {
            return Err(Problem::unauthenticated());
        }
        let known = Known::by_id(self, caller.id.into()).await?;
        known.filter(Known::is_active).ok_or_else(Problem::unauthenticated)
    }

    /// Which step of the app's clock a code belongs to.
    fn step(&self, known: &Known, code: &str) -> Result<Option<u64>, Problem> {
        let secret = known.account.proofs.totp.as_ref().and_then(|secret| secret.get());
        let Some(secret) = secret else { return Ok(None) };
        let now = self.commands.now().timestamp().cast_unsigned();
        Ok(totp(secret.reveal(), "user".into())?.check(code, now))
    }

    /// New recovery codes, and what is kept of them.
    fn recovery_codes(&self, user: UserId) -> Result<(Vec<String>, Vec<String>), Problem> {
        let mut codes = Vec::with_capacity(CODES);
        for _ in 0..CODES {
            let letters = random::<12>()?.map(|byte| LETTERS[usize::from(byte % 32)]);
            codes.push(letters.map(char::from).iter().collect::<String>());
        }
        let digests = codes.iter().map(|code| self.digest(user, code)).collect();
        Ok((codes, digests))
    }

    fn digest(&self, user: UserId, code: &str) -> String {
        let code = format!("recovery code\0{user}\0{}", code.to_ascii_lowercase());
        URL_SAFE_NO_PAD.encode(self.commands.lookup().keys().master().digest(&code))
    }
}

fn totp(secret: &str, account: String) -> anyhow::Result<Totp> {
    let secret = totp_rs::Secret::try_from_base32(secret)
        .map_err(|why| anyhow::anyhow!("the secret of an app: {why}"))?;
    let totp = Builder::new().with_secret(secret).with_account_name(account);
    let totp = totp.with_issuer(Some("Servicebook")).build();
    totp.map_err(|why| anyhow::anyhow!("an authenticator app: {why}"))
}
