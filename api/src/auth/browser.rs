//! Sessions of browsers, whose tokens are in cookies.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    response::{IntoResponse, Response},
};
use commands::CommandEnvelope;
use domain::identity::{
    impersonation::{self, ImpersonationId},
    session::{Grant, Method, Origin, SessionId},
    user::{Command, UserId},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{
    cookies,
    origin::RequestOrigin,
    session_start::session_ended_problem,
    sessions::{IssuedTokens, NewSession, SESSION_LIFETIME, system_actor_for},
    sign_in::Login,
    user_account::UserAccount,
};
use crate::{
    App, caller::Caller, encrypted::decrypt, json_request::JsonRequest, problem::Problem,
    routes::Routes, session::TokenResponse, tokens::ACCESS_TOKEN_LIFETIME,
};

pub(super) fn routes() -> Routes {
    Routes::default().public(routes!(login)).public(routes!(refresh)).public(routes!(logout))
}

/// A session whose tokens are in cookies.
#[derive(Serialize, ToSchema)]
pub(crate) struct BrowserSession {
    user: UserId,
    session: SessionId,
    /// To be sent as `X-CSRF-Token` with everything but GET; the cookie `__Host-csrf` has it too.
    csrf_token: String,
    /// In seconds; then it is to be refreshed.
    expires_in: u64,
    /// What the session is for: `api` is everything, `enrolment` only enrolling the second factor
    /// that the user's role asks for.
    scope: String,
}

/// The session in which somebody goes on: its tokens, or of a browser, which has them as cookies,
/// what else it must know.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = Continued)]
pub(crate) enum ContinuedSession {
    Tokens(TokenResponse),
    Cookies(BrowserSession),
}

/// The response that sets the tokens of a session as cookies.
pub(crate) fn browser_session_response(app: &App, tokens: &IssuedTokens) -> Response {
    let (cookies, session) = browser_session(app, tokens);
    (cookies, Json(session)).into_response()
}

/// The cookies that hold the tokens of a session.
pub(crate) fn browser_cookies(app: &App, tokens: &IssuedTokens) -> HeaderMap {
    let csrf_token = app.auth.csrf.token(tokens.session);
    let remaining = tokens.grant.until - app.commands.now();
    cookies::session_cookies(tokens, &csrf_token, remaining.min(SESSION_LIFETIME))
}

fn browser_session(app: &App, tokens: &IssuedTokens) -> (HeaderMap, BrowserSession) {
    let csrf_token = app.auth.csrf.token(tokens.session);
    let (user, session, scope) = (tokens.grant.user, tokens.session, tokens.scope.clone());
    (
        browser_cookies(app, tokens),
        BrowserSession { user, session, csrf_token, expires_in: ACCESS_TOKEN_LIFETIME, scope },
    )
}

/// Executes a command that ends all sessions of the caller, and starts a new one for them, by header
/// or by cookies as they called. Client, provider, scope and end are those of the old session.
pub(super) async fn continue_in_new_session(
    app: &App,
    caller: &Caller,
    user: UserId,
    command: Command,
    (methods, origin): (Vec<Method>, Origin),
    headers: &HeaderMap,
) -> Result<(HeaderMap, ContinuedSession), Problem> {
    let auth = &app.auth;
    let session = caller.session().ok_or_else(Problem::unauthenticated)?;
    let before = auth.credentials.active_session(session).await?;
    let before = before.ok_or_else(Problem::unauthenticated)?.grant;
    let Grant { client, provider, scope, until, .. } = before;
    let lifetime = until - app.commands.now();
    let entry = NewSession { methods, client, provider, scope, lifetime, origin };
    let envelope = CommandEnvelope::new(user, command, caller.actor().clone());
    let receipt = app.commands.execute(envelope).await?;
    auth.changes.mark_changed(user, receipt.position);
    let account = UserAccount::by_id(app.commands.aggregates(), user).await?;
    let account = account.ok_or_else(Problem::unauthenticated)?;
    let tokens = auth.sessions.start(&account, entry).await?;
    let tokens = auth.sessions.with_device_token(tokens, &account, Uuid::now_v7());
    Ok(if headers.contains_key(AUTHORIZATION) {
        (HeaderMap::new(), ContinuedSession::Tokens(TokenResponse::new(tokens)))
    } else {
        let (cookies, session) = browser_session(app, &tokens);
        (cookies, ContinuedSession::Cookies(session))
    })
}

/// Signs a browser in: the tokens are set as cookies.
#[utoipa::path(post, path = "/auth/login", operation_id = "identity.session.login",
    tag = "identity",
    request_body = Login, responses((status = 200, body = BrowserSession)))]
async fn login(
    State(app): State<App>,
    RequestOrigin(origin): RequestOrigin,
    headers: HeaderMap,
    request: JsonRequest<Login>,
) -> Result<Response, Problem> {
    let from_cookie = || cookies::read_cookie(&headers, cookies::DEVICE_COOKIE);
    let device_token = request.body.device_token.or_else(from_cookie);
    let tokens =
        app.auth.sign_in.by_password(Login { device_token, ..request.body }, origin).await?;
    Ok(browser_session_response(&app, &tokens))
}

/// Renews the session of a browser.
#[utoipa::path(post, path = "/auth/refresh", operation_id = "identity.session.renew",
    tag = "identity",
    responses((status = 200, body = BrowserSession)))]
async fn refresh(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let token = cookies::read_cookie(&headers, cookies::REFRESH_COOKIE)
        .ok_or_else(session_ended_problem)?;
    let session = app
        .auth
        .refresh_tokens
        .session_of_token(&token)
        .await?
        .ok_or_else(session_ended_problem)?;
    app.auth.csrf.check(session, &headers)?;
    let tokens = app.auth.sessions.renew(&token, None).await?;
    Ok(browser_session_response(&app, &tokens))
}

/// Signs out: the session ends, and its cookies are taken away, with those of the pages on which one signs in
/// to other applications. By the token of an impersonation only that ends.
#[utoipa::path(post, path = "/auth/logout", operation_id = "identity.session.logout",
    tag = "identity",
    responses((status = 204)))]
async fn logout(
    State(app): State<App>,
    caller: Result<Caller, Problem>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let session = match caller {
        Ok(caller) if caller.impersonator.is_some() => {
            end_impersonation(&app, &caller).await?;
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
        Ok(caller) if !caller.is_guest() => caller.session(),
        // Signing out works with an expired access token too, by the refresh token.
        _ => match cookies::read_cookie(&headers, cookies::REFRESH_COOKIE) {
            None => return Err(Problem::unauthenticated()),
            Some(token) => {
                let session = app.auth.refresh_tokens.session_of_token(&token).await?;
                session.map(|session| app.auth.csrf.check(session, &headers)).transpose()?;
                session
            }
        },
    };
    let elsewhere = cookies::read_cookie(&headers, cookies::SIGN_IN_COOKIE)
        .and_then(|sealed| decrypt(&app, cookies::SIGN_IN_COOKIE, &sealed));
    for session in session.into_iter().chain(elsewhere) {
        app.auth.sessions.end(session).await?;
    }
    Ok((StatusCode::NO_CONTENT, cookies::expired_session_cookies()).into_response())
}

/// Ends the impersonation of a caller, as the agent who acts in the name of another.
async fn end_impersonation(app: &App, caller: &Caller) -> Result<(), Problem> {
    let Some((claims, agent)) = caller.claims().zip(caller.impersonator) else { return Ok(()) };
    let (id, agent) = (ImpersonationId::from(claims.sid), system_actor_for(agent.into()));
    let receipt = app
        .commands
        .execute(CommandEnvelope::new(id, impersonation::Command::End {}, agent))
        .await?;
    app.auth.changes.mark_changed(id, receipt.position);
    Ok(())
}
