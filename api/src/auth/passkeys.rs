//! Passkeys (`WebAuthn`): a key that a device keeps and uses when its owner shows themselves to it.
//!
//! A ceremony has two halves, and what was asked in the first is kept until the second, once and
//! for a few minutes. Who signs in says nothing of themselves before the device does, so nothing can
//! be found out about others.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use commands::{Order, policy::Right};
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
    browser::{self, Welcome},
    ceremonies::{Answered, Begun, failed},
    origin::RequestOrigin,
    reauthentication::Present,
    sessions::{NewSession, for_user},
    user_account::UserAccount,
};
use crate::{
    App,
    answer::Answer,
    caller::Caller,
    json_request::{JsonRequest, Path},
    problem::Problem,
    routes::Routes,
};

/// Where the serialised form of a passkey says how far its device has counted.
const COUNTER: &str = "/cred/counter";

pub(super) fn routes() -> Routes {
    Routes::default()
        .right(Right::Credentials, routes!(list))
        .right(Right::Credentials, routes!(begin))
        .right(Right::Credentials, routes!(enroll))
        .right(Right::Credentials, routes!(remove))
        .public(routes!(challenge))
        .public(routes!(login))
}

/// A passkey of one's own.
#[derive(Serialize, ToSchema)]
struct Own {
    key: String,
    name: Option<Text<100>>,
}

/// One's own passkeys.
#[utoipa::path(get, path = "/auth/passkeys", operation_id = "identity.passkey.list",
    tag = "identity", responses((status = 200, body = Answer<Vec<Own>>)))]
async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Answer<Vec<Own>>>, Problem> {
    let account = caller.account(app.commands.lookup()).await?;
    let own = account.state.proofs.passkeys.iter();
    let own = own.map(|own| Own { key: own.key.clone(), name: own.name.get().cloned() });
    Ok(Json(Answer { data: own.collect() }))
}

/// Who wants a passkey, and what it is called.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
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
    tag = "identity", request_body = Wanted, responses((status = 200, body = Answer<Begun>)))]
async fn begin(
    State(app): State<App>,
    caller: Caller,
    RequestOrigin(origin): RequestOrigin,
    request: JsonRequest<Wanted>,
) -> Result<Json<Answer<Begun>>, Problem> {
    let Wanted { password, code, name } = request.body;
    let account =
        app.auth.reauthentication.proven(&caller, &origin, Present { password, code }).await?;
    let had = account.state.proofs.passkeys.iter();
    let had = had.filter_map(|own| Some(passkey(own.credential.get()?).ok()?.cred_id().clone()));
    let email = account.state.email.get().map(ToString::to_string).unwrap_or_default();
    let display = account.state.name.get().map_or_else(|| email.clone(), ToString::to_string);
    let begun = app.auth.passkeys.webauthn()?.start_passkey_registration(
        account.user.uuid(),
        &email,
        &display,
        Some(had.collect()),
    );
    let (options, state) = begun.map_err(anyhow::Error::from)?;
    app.auth.passkeys.begin(&options, &Enrolling { user: account.user, name, state }).await
}

/// What is kept between the halves of an enrolment.
#[derive(Serialize, Deserialize)]
struct Enrolling {
    user: UserId,
    name: Text<100>,
    state: PasskeyRegistration,
}

/// Enrolls the passkey that a device has made.
#[utoipa::path(post, path = "/auth/passkeys", operation_id = "identity.passkey.enroll",
    tag = "identity", request_body = Answered, responses((status = 201, body = Answer<Own>)))]
async fn enroll(
    State(app): State<App>,
    caller: Caller,
    request: JsonRequest<Answered>,
) -> Result<(StatusCode, Json<Answer<Own>>), Problem> {
    let account = caller.account(app.commands.lookup()).await?;
    let (kept, credential): (Enrolling, RegisterPublicKeyCredential) =
        app.auth.passkeys.finish(request.body).await?;
    if kept.user != account.user {
        return Err(failed());
    }
    let made = app.auth.passkeys.webauthn()?.finish_passkey_registration(&credential, &kept.state);
    let made = made.map_err(|_| failed())?;
    let key = URL_SAFE_NO_PAD.encode(made.cred_id());
    let credential = Secret::new(serde_json::to_string(&made).map_err(anyhow::Error::from)?);
    let name = kept.name;
    let enrolment = Enrolment { key: key.clone(), name: name.clone(), credential };
    let order = Order::new(account.user, Command::EnrollPasskey(enrolment), caller.actor().clone());
    app.commands.execute(order).await?;
    Ok((StatusCode::CREATED, Json(Answer { data: Own { key, name: Some(name) } })))
}

/// Removes a passkey of one's own: it takes what enrolling one takes.
#[utoipa::path(delete, path = "/auth/passkeys/{key}", operation_id = "identity.passkey.remove",
    tag = "identity", params(("key" = String, Path)), request_body = Present,
    responses((status = 204)))]
async fn remove(
    State(app): State<App>,
    caller: Caller,
    RequestOrigin(origin): RequestOrigin,
    Path(key): Path<String>,
    request: JsonRequest<Present>,
) -> Result<StatusCode, Problem> {
    let account = app.auth.reauthentication.proven(&caller, &origin, request.body).await?;
    if !account.state.proofs.passkeys.iter().any(|own| own.key == key) {
        return Err(Problem::not_found());
    }
    let order = Order::new(account.user, Command::RemovePasskey { key }, caller.actor().clone());
    app.commands.execute(order).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Begins to sign in with a passkey.
#[utoipa::path(post, path = "/auth/passkeys/challenge",
    operation_id = "identity.passkey.challenge",
    tag = "identity",
    responses((status = 200, body = Answer<Begun>)))]
async fn challenge(State(app): State<App>) -> Result<Json<Answer<Begun>>, Problem> {
    let begun = app.auth.passkeys.webauthn()?.start_discoverable_authentication();
    let (options, state) = begun.map_err(anyhow::Error::from)?;
    app.auth.passkeys.begin(&options, &state).await
}

/// Signs a browser in with a passkey. The device asked for its owner, so no code is needed.
#[utoipa::path(post, path = "/auth/passkeys/login", operation_id = "identity.passkey.login",
    tag = "identity", request_body = Answered, responses((status = 200, body = Welcome)))]
async fn login(
    State(app): State<App>,
    RequestOrigin(origin): RequestOrigin,
    request: JsonRequest<Answered>,
) -> Result<Response, Problem> {
    let (state, credential): (DiscoverableAuthentication, PublicKeyCredential) =
        app.auth.passkeys.finish(request.body).await?;
    let webauthn = app.auth.passkeys.webauthn()?;
    let found = webauthn.identify_discoverable_authentication(&credential);
    let (user, key) = found.map_err(|_| failed())?;
    let key = URL_SAFE_NO_PAD.encode(key);
    let account = UserAccount::by_id(app.commands.lookup(), user.into())
        .await?
        .filter(UserAccount::is_active);
    let account = account.ok_or_else(failed)?;
    let mut own = account.state.proofs.passkeys.iter().filter(|own| own.key == key);
    let own = own.next().and_then(|own| own.credential.get()).ok_or_else(failed)?;
    let counted = app.auth.used_proofs.last(account.user, &key).await?;
    let mut own = counted_on(own, counted)?;
    let before = serde_json::to_value(&own).map_err(anyhow::Error::from)?;
    let proved = webauthn.finish_discoverable_authentication_v2(&credential, state, &own);
    let Ok(proved) = proved else {
        app.auth.attempts.record_failure(Some(account.user), origin).await?;
        return Err(failed());
    };
    let changed = own.update_credential(&proved) == Some(true);
    // Of two at once that have counted as far, one is a copy.
    let counter = u64::from(proved.counter());
    if changed && counter > 0 && !app.auth.used_proofs.use_up(account.user, &key, counter).await? {
        app.auth.attempts.record_failure(Some(account.user), origin).await?;
        return Err(failed());
    }
    // That a device counts on is nothing to remember for ever.
    if changed && uncounted(before) != uncounted(json!(own)) {
        let credential = Secret::new(serde_json::to_string(&own).map_err(anyhow::Error::from)?);
        let used = Command::UsePasskey { key, credential };
        app.commands.execute(Order::new(account.user, used, for_user(account.user))).await?;
    }
    let entry = NewSession::first_party(vec![Method::Passkey], origin)?;
    let pair = app.auth.sessions.start(&account, entry).await?;
    Ok(browser::welcome(&app, &app.auth.sessions.at_device(pair, &account, Uuid::now_v7())))
}

/// A passkey that has counted on since it was enrolled.
fn counted_on(credential: &Secret, counted: Option<u64>) -> anyhow::Result<Passkey> {
    let mut kept: Value = serde_json::from_str(credential.reveal())?;
    if let (Some(counter), Some(counted)) = (kept.pointer_mut(COUNTER), counted) {
        *counter = counted.into();
    }
    Ok(serde_json::from_value(kept)?)
}

fn uncounted(mut passkey: Value) -> Value {
    if let Some(counter) = passkey.pointer_mut(COUNTER) {
        counter.take();
    }
    passkey
}

fn passkey(credential: &Secret) -> anyhow::Result<Passkey> {
    Ok(serde_json::from_str(credential.reveal())?)
}
