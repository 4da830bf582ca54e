//! Passkeys (`WebAuthn`): keys that a device holds, and uses after it has verified its owner.
//!
//! A ceremony has two halves; the state of the first is kept for the second, once and for a few
//! minutes. A sign-in names no account before the device does, so nothing can be found out about
//! other accounts.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use commands::{CommandEnvelope, policy::Right};
use domain::{
    Text,
    identity::{
        session::Method,
        user::{Command, Passkey as Enrolment, Secret, UserId},
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::routes;
use uuid::Uuid;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential,
};

use super::{
    browser::{self, BrowserSession},
    ceremonies::{CeremonyAnswer, CeremonyStart, ceremony_failed_problem},
    origin::RequestOrigin,
    reauthentication::ReauthenticationProofs,
    sessions::{NewSession, system_actor_for},
    user_account::UserAccount,
};
use crate::{
    App,
    body::DataBody,
    caller::Caller,
    json_request::{JsonRequest, Path},
    problem::Problem,
    routes::Routes,
};

/// The JSON pointer of the signature counter in a serialised passkey.
const COUNTER: &str = "/cred/counter";

pub(super) fn routes() -> Routes {
    Routes::default()
        .guarded(Right::Credentials, routes!(list))
        .guarded(Right::Credentials, routes!(begin))
        .guarded(Right::Credentials, routes!(enroll))
        .guarded(Right::Credentials, routes!(remove))
        .public(routes!(challenge))
        .public(routes!(login))
}

/// A passkey of one's own.
#[derive(Serialize, ToSchema)]
struct OwnPasskey {
    key: String,
    name: Option<Text<100>>,
}

/// One's own passkeys.
#[utoipa::path(get, path = "/auth/passkeys", operation_id = "identity.passkey.list",
    tag = "identity", responses((status = 200, body = DataBody<Vec<OwnPasskey>>)))]
async fn list(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<DataBody<Vec<OwnPasskey>>>, Problem> {
    let account = caller.account(app.commands.aggregates()).await?;
    let passkeys =
        account.state.factors.passkeys.iter().map(|passkey| OwnPasskey {
            key: passkey.key.clone(),
            name: passkey.name.get().cloned(),
        });
    Ok(Json(DataBody { data: passkeys.collect() }))
}

/// Who wants a passkey, and what it is called.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EnrolmentRequest {
    /// The present password.
    #[schema(format = Password)]
    password: String,
    /// A code of the authenticator app, or a recovery code, of whoever has an app.
    #[serde(default)]
    code: Option<String>,
    name: Text<100>,
}

/// Begins to enroll a passkey.
#[utoipa::path(post, path = "/auth/passkeys/enroll", operation_id = "identity.passkey.begin",
    tag = "identity", request_body = EnrolmentRequest, responses((status = 200, body = DataBody<CeremonyStart>)))]
async fn begin(
    State(app): State<App>,
    caller: Caller,
    RequestOrigin(origin): RequestOrigin,
    request: JsonRequest<EnrolmentRequest>,
) -> Result<Json<DataBody<CeremonyStart>>, Problem> {
    let EnrolmentRequest { password, code, name } = request.body;
    let account = app
        .auth
        .reauthentication
        .verify(&caller, &origin, ReauthenticationProofs { password, code })
        .await?;
    let existing = account.state.factors.passkeys.iter();
    let existing = existing
        .filter_map(|passkey| Some(deserialize(passkey.credential.get()?).ok()?.cred_id().clone()));
    let email = account.state.email.get().map(ToString::to_string).unwrap_or_default();
    let display = account.state.name.get().map_or_else(|| email.clone(), ToString::to_string);
    let started = app.auth.passkeys.webauthn()?.start_passkey_registration(
        account.user.uuid(),
        &email,
        &display,
        Some(existing.collect()),
    );
    let (options, state) = started.map_err(anyhow::Error::from)?;
    app.auth.passkeys.begin(&options, &Enrolling { user: account.user, name, state }).await
}

/// The state between the halves of an enrolment.
#[derive(Serialize, Deserialize)]
struct Enrolling {
    user: UserId,
    name: Text<100>,
    state: PasskeyRegistration,
}

/// Enrolls the passkey that a device has made.
#[utoipa::path(post, path = "/auth/passkeys", operation_id = "identity.passkey.enroll",
    tag = "identity", request_body = CeremonyAnswer, responses((status = 201, body = DataBody<OwnPasskey>)))]
async fn enroll(
    State(app): State<App>,
    caller: Caller,
    request: JsonRequest<CeremonyAnswer>,
) -> Result<(StatusCode, Json<DataBody<OwnPasskey>>), Problem> {
    let account = caller.account(app.commands.aggregates()).await?;
    let (enrolling, credential): (Enrolling, RegisterPublicKeyCredential) =
        app.auth.passkeys.finish(request.body).await?;
    if enrolling.user != account.user {
        return Err(ceremony_failed_problem());
    }
    let created =
        app.auth.passkeys.webauthn()?.finish_passkey_registration(&credential, &enrolling.state);
    let created = created.map_err(|_| ceremony_failed_problem())?;
    let key = URL_SAFE_NO_PAD.encode(created.cred_id());
    let credential = Secret::new(serde_json::to_string(&created).map_err(anyhow::Error::from)?);
    let name = enrolling.name;
    let enrolment = Enrolment { key: key.clone(), name: name.clone(), credential };
    let envelope = CommandEnvelope::new(
        account.user,
        Command::EnrollPasskey(enrolment),
        caller.actor().clone(),
    );
    app.commands.execute(envelope).await?;
    Ok((StatusCode::CREATED, Json(DataBody { data: OwnPasskey { key, name: Some(name) } })))
}

/// Removes a passkey of one's own: it takes what enrolling one takes.
#[utoipa::path(delete, path = "/auth/passkeys/{key}", operation_id = "identity.passkey.remove",
    tag = "identity", params(("key" = String, Path)), request_body = ReauthenticationProofs,
    responses((status = 204)))]
async fn remove(
    State(app): State<App>,
    caller: Caller,
    RequestOrigin(origin): RequestOrigin,
    Path(key): Path<String>,
    request: JsonRequest<ReauthenticationProofs>,
) -> Result<StatusCode, Problem> {
    let account = app.auth.reauthentication.verify(&caller, &origin, request.body).await?;
    if !account.state.factors.passkeys.iter().any(|passkey| passkey.key == key) {
        return Err(Problem::not_found());
    }
    let envelope =
        CommandEnvelope::new(account.user, Command::RemovePasskey { key }, caller.actor().clone());
    app.commands.execute(envelope).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Begins to sign in with a passkey.
#[utoipa::path(post, path = "/auth/passkeys/challenge",
    operation_id = "identity.passkey.challenge",
    tag = "identity",
    responses((status = 200, body = DataBody<CeremonyStart>)))]
async fn challenge(State(app): State<App>) -> Result<Json<DataBody<CeremonyStart>>, Problem> {
    let started = app.auth.passkeys.webauthn()?.start_discoverable_authentication();
    let (options, state) = started.map_err(anyhow::Error::from)?;
    app.auth.passkeys.begin(&options, &state).await
}

/// Signs a browser in with a passkey. The device asked for its owner, so no code is needed.
#[utoipa::path(post, path = "/auth/passkeys/login", operation_id = "identity.passkey.login",
    tag = "identity", request_body = CeremonyAnswer, responses((status = 200, body = BrowserSession)))]
async fn login(
    State(app): State<App>,
    RequestOrigin(origin): RequestOrigin,
    request: JsonRequest<CeremonyAnswer>,
) -> Result<Response, Problem> {
    let (state, credential): (DiscoverableAuthentication, PublicKeyCredential) =
        app.auth.passkeys.finish(request.body).await?;
    let webauthn = app.auth.passkeys.webauthn()?;
    let found = webauthn.identify_discoverable_authentication(&credential);
    let (user, key) = found.map_err(|_| ceremony_failed_problem())?;
    let key = URL_SAFE_NO_PAD.encode(key);
    let account = UserAccount::by_id(app.commands.aggregates(), user.into())
        .await?
        .filter(UserAccount::is_active);
    let account = account.ok_or_else(ceremony_failed_problem)?;
    let mut enrolled = account.state.factors.passkeys.iter().filter(|passkey| passkey.key == key);
    let credential_secret = enrolled
        .next()
        .and_then(|passkey| passkey.credential.get())
        .ok_or_else(ceremony_failed_problem)?;
    let counted = app.auth.used_proofs.last_counter(account.user, &key).await?;
    let mut passkey = with_counter(credential_secret, counted)?;
    let before = serde_json::to_value(&passkey).map_err(anyhow::Error::from)?;
    let proved = webauthn.finish_discoverable_authentication_v2(&credential, state, &passkey);
    let Ok(proved) = proved else {
        app.auth.attempts.record_failed_sign_in(Some(account.user), origin).await?;
        return Err(ceremony_failed_problem());
    };
    let changed = passkey.update_credential(&proved) == Some(true);
    // If a counter is used twice, one of the devices is a copy.
    let counter = u64::from(proved.counter());
    if changed && counter > 0 && !app.auth.used_proofs.use_up(account.user, &key, counter).await? {
        app.auth.attempts.record_failed_sign_in(Some(account.user), origin).await?;
        return Err(ceremony_failed_problem());
    }
    // A mere change of the counter is not recorded in the log.
    if changed && without_counter(before) != without_counter(json!(passkey)) {
        let credential = Secret::new(serde_json::to_string(&passkey).map_err(anyhow::Error::from)?);
        let used = Command::UsePasskey { key, credential };
        app.commands
            .execute(CommandEnvelope::new(account.user, used, system_actor_for(account.user)))
            .await?;
    }
    let entry = NewSession::first_party(vec![Method::Passkey], origin)?;
    let tokens = app.auth.sessions.start(&account, entry).await?;
    Ok(browser::browser_session_response(
        &app,
        &app.auth.sessions.with_device_token(tokens, &account, Uuid::now_v7()),
    ))
}

/// The passkey with the counter of its last use.
fn with_counter(credential: &Secret, counted: Option<u64>) -> anyhow::Result<Passkey> {
    let mut serialized: Value = serde_json::from_str(credential.reveal())?;
    if let (Some(counter), Some(counted)) = (serialized.pointer_mut(COUNTER), counted) {
        *counter = counted.into();
    }
    Ok(serde_json::from_value(serialized)?)
}

fn without_counter(mut passkey: Value) -> Value {
    if let Some(counter) = passkey.pointer_mut(COUNTER) {
        counter.take();
    }
    passkey
}

fn deserialize(credential: &Secret) -> anyhow::Result<Passkey> {
    Ok(serde_json::from_str(credential.reveal())?)
}
