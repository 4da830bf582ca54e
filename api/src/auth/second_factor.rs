//! Enrolling and disabling an authenticator app (TOTP, RFC 6238), and recovery codes.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use commands::{CommandEnvelope, policy::Right};
use domain::identity::{
    session::Method,
    user::{Command, Secret},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{
    attempts::Bucket,
    browser::{self, ContinuedSession},
    codes::{totp, wrong_code_problem},
    origin::RequestOrigin,
    qr,
    reauthentication::ReauthenticationProofs,
};
use crate::{
    App, body::DataBody, caller::Caller, json_request::JsonRequest, problem::Problem,
    routes::Routes, secret::random_bytes,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .guarded(Right::Credentials, routes!(proofs))
        .guarded(Right::Credentials, routes!(enroll))
        .guarded(Right::Credentials, routes!(enable))
        .guarded(Right::Credentials, routes!(disable))
        .guarded(Right::Credentials, routes!(renew))
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
    responses((status = 200, body = DataBody<Proofs>)))]
async fn proofs(State(app): State<App>, caller: Caller) -> Result<Json<DataBody<Proofs>>, Problem> {
    let account = caller.account(app.commands.aggregates()).await?;
    let proofs = &account.state.factors;
    let recovery_codes = proofs.recovery.len();
    Ok(Json(DataBody { data: Proofs { totp: proofs.totp_enabled, recovery_codes } }))
}

/// What an authenticator app must know.
#[derive(Serialize, ToSchema)]
struct Enrolled {
    /// In Base32, to be typed.
    secret: String,
    /// The same as `otpauth://…`, for an app on the same device.
    uri: String,
    /// The same as a QR code, for a camera: an SVG image.
    qr: String,
}

/// Begins to share a secret with an authenticator app. It counts once a code of it was shown.
#[utoipa::path(post, path = "/auth/mfa/totp", operation_id = "identity.user.enroll_totp",
    tag = "identity", request_body = ReauthenticationProofs,
    responses((status = 200, body = DataBody<Enrolled>)))]
async fn enroll(
    State(app): State<App>,
    caller: Caller,
    RequestOrigin(origin): RequestOrigin,
    request: JsonRequest<ReauthenticationProofs>,
) -> Result<Json<DataBody<Enrolled>>, Problem> {
    let account = app.auth.reauthentication.verify(&caller, &origin, request.body).await?;
    let secret = totp_rs::Secret::from(random_bytes::<20>()?).to_base32();
    let enroll = Command::EnrollTotp { secret: Secret::new(&secret) };
    app.commands
        .execute(CommandEnvelope::new(account.user, enroll, caller.actor().clone()))
        .await?;
    let email = account.state.email.get().map(|email| email.as_str().replace(':', ""));
    let uri = totp(&secret, email.unwrap_or_default())?.to_url();
    let uri = uri.map_err(|why| anyhow::anyhow!("an otpauth URL: {why}"))?;
    Ok(Json(DataBody { data: Enrolled { qr: qr::svg(&uri)?, secret, uri } }))
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
    session: ContinuedSession,
}

/// Shows a code of the app; from now on codes are asked for. All sessions end, as they began without
/// one, and this one goes on as a new one.
#[utoipa::path(post, path = "/auth/mfa/totp/enable", operation_id = "identity.user.enable_totp",
    tag = "identity", request_body = Code,
    responses((status = 200, body = DataBody<Enabled>)))]
async fn enable(
    State(app): State<App>,
    caller: Caller,
    RequestOrigin(origin): RequestOrigin,
    headers: HeaderMap,
    request: JsonRequest<Code>,
) -> Result<(HeaderMap, Json<DataBody<Enabled>>), Problem> {
    let account = caller.account(app.commands.aggregates()).await?;
    let attempt = app.auth.attempts.begin(Bucket::Code(account.user, None)).await?;
    let step = app
        .auth
        .codes
        .matching_time_step(&account, &request.body.code)?
        .ok_or_else(wrong_code_problem)?;
    app.auth.attempts.record_success(attempt).await?;
    let (recovery_codes, recovery) = app.auth.codes.generate_recovery_codes(account.user)?;
    let enable = Command::EnableTotp { step, recovery };
    let mut methods = caller.sign_in_methods().unwrap_or_default().to_vec();
    methods.push(Method::OneTimeCode);
    let entry = (methods, origin);
    let (cookies, session) =
        browser::continue_in_new_session(&app, &caller, account.user, enable, entry, &headers)
            .await?;
    Ok((cookies, Json(DataBody { data: Enabled { recovery_codes, session } })))
}

/// Asks for codes no more.
#[utoipa::path(post, path = "/auth/mfa/totp/disable", operation_id = "identity.user.disable_totp",
    tag = "identity", request_body = ReauthenticationProofs, responses((status = 204)))]
async fn disable(
    State(app): State<App>,
    caller: Caller,
    RequestOrigin(origin): RequestOrigin,
    request: JsonRequest<ReauthenticationProofs>,
) -> Result<StatusCode, Problem> {
    let account = app.auth.reauthentication.verify(&caller, &origin, request.body).await?;
    let disable = Command::DisableTotp {};
    app.commands
        .execute(CommandEnvelope::new(account.user, disable, caller.actor().clone()))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replaces the recovery codes.
#[utoipa::path(post, path = "/auth/mfa/recovery-codes",
    operation_id = "identity.user.regenerate_recovery_codes",
    tag = "identity",
    request_body = ReauthenticationProofs, responses((status = 200, body = DataBody<RecoveryCodes>)))]
async fn renew(
    State(app): State<App>,
    caller: Caller,
    RequestOrigin(origin): RequestOrigin,
    request: JsonRequest<ReauthenticationProofs>,
) -> Result<Json<DataBody<RecoveryCodes>>, Problem> {
    let account = app.auth.reauthentication.verify(&caller, &origin, request.body).await?;
    let (recovery_codes, recovery) = app.auth.codes.generate_recovery_codes(account.user)?;
    let renew = Command::RegenerateRecoveryCodes { recovery };
    app.commands.execute(CommandEnvelope::new(account.user, renew, caller.actor().clone())).await?;
    Ok(Json(DataBody { data: RecoveryCodes { recovery_codes } }))
}
