//! Sign-up, password reset, and changes of password and address, by links in mails.
//!
//! Only the owner of an address learns, by mail, whether it has an account: the answers here are the
//! same for both cases, and take the same time.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use commands::{CommandEnvelope, Failure, policy::Right};
use domain::{
    Email,
    identity::{
        session::{Method, Origin},
        user::{Command, Purpose, SignUp, User, UserId},
    },
};
use serde::Deserialize;
use tokio::time::{Instant, sleep_until};
use utoipa::ToSchema;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{
    attempts::Bucket,
    browser::{self, ContinuedSession},
    cookies,
    links::{FollowLinkRequest, request_link_command, require_deliverable_email},
    origin::RequestOrigin,
    reauthentication::ReauthenticationProofs,
    sessions::system_actor_for,
    sign_in::RESPONSE_TIME,
    user_account::UserAccount,
};
use crate::{App, caller::Caller, json_request::JsonRequest, problem::Problem, routes::Routes};

pub(super) fn routes() -> Routes {
    Routes::default()
        .public(routes!(register))
        .public(routes!(verify_email))
        .public(routes!(forgot))
        .public(routes!(reset))
        .guarded(Right::Credentials, routes!(change))
        .guarded(Right::Credentials, routes!(change_email))
        .public(routes!(confirm_email))
        .guarded(Right::Sessions, routes!(sign_out_everywhere))
}

/// Signs up. A link is sent to the address; whoever follows it chooses the password.
#[utoipa::path(post, path = "/auth/register", operation_id = "identity.user.sign_up",
    tag = "identity",
    request_body = SignUp, responses((status = 202)))]
async fn register(
    State(app): State<App>,
    RequestOrigin(origin): RequestOrigin,
    request: JsonRequest<SignUp>,
) -> Result<StatusCode, Problem> {
    sign_up(&app, &origin, request.body).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Creates an account without a password, and sends the link to its address.
pub(crate) async fn sign_up(app: &App, origin: &Origin, new: SignUp) -> Result<(), Problem> {
    require_deliverable_email(&new.email)?;
    let answer_at = Instant::now() + RESPONSE_TIME;
    let admitted = app.auth.links.admit_link_request(new.email.as_str(), origin).await?;
    match UserAccount::by_login(app.commands.aggregates(), new.email.as_str()).await? {
        _ if !admitted => {}
        None => {
            let user = UserId::new();
            let link = request_link_command(Purpose::Verification);
            let envelope =
                CommandEnvelope::<User>::new(user, Command::SignUp(new), system_actor_for(user))
                    .and_command(link);
            match app.commands.execute(envelope).await {
                // Another sign-up was faster, and got the link.
                Ok(_) | Err(Failure::Taken { .. }) => {}
                Err(failure) => return Err(failure.into()),
            }
        }
        Some(account) => app.auth.links.send_password_link(&account).await?,
    }
    sleep_until(answer_at).await;
    Ok(())
}

/// Whose password was forgotten.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Forgotten {
    /// The e-mail address of the account.
    login: String,
}

/// Sends a link to the address, by which another password can be chosen, if there is an account.
#[utoipa::path(post, path = "/auth/password/forgot", operation_id = "identity.user.forgot",
    tag = "identity",
    request_body = Forgotten, responses((status = 202)))]
async fn forgot(
    State(app): State<App>,
    RequestOrigin(origin): RequestOrigin,
    request: JsonRequest<Forgotten>,
) -> Result<StatusCode, Problem> {
    send_reset_link(&app, &origin, &request.body.login).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Sends a link to an address, if there is an account.
pub(crate) async fn send_reset_link(
    app: &App,
    origin: &Origin,
    login: &str,
) -> Result<(), Problem> {
    let answer_at = Instant::now() + RESPONSE_TIME;
    if app.auth.links.admit_link_request(login, origin).await?
        && let Some(account) = UserAccount::by_login(app.commands.aggregates(), login).await?
    {
        app.auth.links.send_password_link(&account).await?;
    }
    sleep_until(answer_at).await;
    Ok(())
}

/// Shows by the link that the address is one's own, and chooses a password.
#[utoipa::path(post, path = "/auth/verify-email", operation_id = "identity.user.verify_email",
    tag = "identity",
    request_body = FollowLinkRequest, responses((status = 204)))]
async fn verify_email(
    State(app): State<App>,
    request: JsonRequest<FollowLinkRequest>,
) -> Result<StatusCode, Problem> {
    app.auth.links.set_password_by_link(Purpose::Verification, request.body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Chooses another password by the link. All sessions end; a second factor is asked for as before.
#[utoipa::path(post, path = "/auth/password/reset", operation_id = "identity.user.reset_password",
    tag = "identity",
    request_body = FollowLinkRequest, responses((status = 204)))]
async fn reset(
    State(app): State<App>,
    request: JsonRequest<FollowLinkRequest>,
) -> Result<StatusCode, Problem> {
    app.auth.links.set_password_by_link(Purpose::PasswordReset, request.body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The old password and the new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordChange {
    #[schema(format = Password)]
    current: String,
    /// A code of the authenticator app, or a recovery code, of whoever has an app.
    #[serde(default)]
    code: Option<String>,
    /// Of 12 characters or more.
    #[schema(format = Password, min_length = 12)]
    password: String,
}

/// Changes one's own password. All sessions end, and this one goes on as a new one.
#[utoipa::path(post, path = "/auth/password/change", operation_id = "identity.user.change_own",
    tag = "identity",
    request_body = PasswordChange, responses((status = 200, body = ContinuedSession)))]
async fn change(
    State(app): State<App>,
    caller: Caller,
    RequestOrigin(origin): RequestOrigin,
    headers: HeaderMap,
    request: JsonRequest<PasswordChange>,
) -> Result<(HeaderMap, Json<ContinuedSession>), Problem> {
    let PasswordChange { current, code, password } = request.body;
    let account = app
        .auth
        .reauthentication
        .verify(&caller, &origin, ReauthenticationProofs { password: current, code })
        .await?;
    let password = app.auth.passwords.hash(password, "/password").await?;
    let methods = caller.sign_in_methods().unwrap_or(&[Method::Password]).to_vec();
    let (change, entry) = (Command::ChangePassword { password }, (methods, origin));
    let (headers, session) =
        browser::continue_in_new_session(&app, &caller, account.user, change, entry, &headers)
            .await?;
    Ok((headers, Json(session)))
}

/// Which address shall take the place of the present one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewEmail {
    /// The present one.
    #[schema(format = Password)]
    password: String,
    /// A code of the authenticator app, or a recovery code, of whoever has an app.
    #[serde(default)]
    code: Option<String>,
    email: Email,
}

/// Asks for another address: a link is sent there, and word of it to the present one.
///
/// Whether somebody else has it already is only told to the one who follows the link.
#[utoipa::path(post, path = "/auth/email/change", operation_id = "identity.user.request_email",
    tag = "identity",
    request_body = NewEmail, responses((status = 202)))]
async fn change_email(
    State(app): State<App>,
    caller: Caller,
    RequestOrigin(origin): RequestOrigin,
    request: JsonRequest<NewEmail>,
) -> Result<StatusCode, Problem> {
    let NewEmail { password, code, email } = request.body;
    require_deliverable_email(&email)?;
    let account = app
        .auth
        .reauthentication
        .verify(&caller, &origin, ReauthenticationProofs { password, code })
        .await?;
    let _counted = app.auth.attempts.begin(Bucket::EmailChanges(account.user)).await?;
    if app.auth.attempts.admit(Bucket::Link(email.as_str())).await? {
        let request = Command::RequestEmailChange { email, nonce: Uuid::now_v7() };
        app.commands
            .execute(CommandEnvelope::new(account.user, request, caller.actor().clone()))
            .await?;
    }
    Ok(StatusCode::ACCEPTED)
}

/// What somebody who follows a link shows.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConfirmEmailRequest {
    /// The parameter `token` of the link.
    token: String,
}

/// Shows by the link that the new address is one's own: one signs in with it from now on.
#[utoipa::path(post, path = "/auth/email/confirm", operation_id = "identity.user.change_email",
    tag = "identity",
    request_body = ConfirmEmailRequest, responses((status = 204)))]
async fn confirm_email(
    State(app): State<App>,
    request: JsonRequest<ConfirmEmailRequest>,
) -> Result<StatusCode, Problem> {
    app.auth.links.confirm_email_change(&request.body.token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Signs out everywhere.
#[utoipa::path(delete, path = "/auth/sessions", operation_id = "identity.session.end_all",
    tag = "identity",
    responses((status = 204)))]
async fn sign_out_everywhere(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    if caller.is_guest() {
        return Err(Problem::unauthenticated());
    }
    let user = UserId::from(caller.id);
    let envelope =
        CommandEnvelope::new(user, Command::SignOutEverywhere {}, caller.actor().clone());
    let receipt = app.commands.execute(envelope).await?;
    app.auth.changes.mark_changed(user, receipt.position);
    Ok((StatusCode::NO_CONTENT, cookies::expired_session_cookies()).into_response())
}
