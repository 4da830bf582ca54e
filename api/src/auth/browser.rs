//! Signing in with a browser: the tokens travel in cookies.

use axum::{
    Json,
    extract::State,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{AUTHORIZATION, CACHE_CONTROL},
    },
    response::{IntoResponse, Response},
};
use commands::Order;
use domain::identity::{
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
    session_start::session_ended,
    sessions::{NewSession, SESSION_LIFETIME, TokenPair},
    sign_in::Login,
    user_account::UserAccount,
};
use crate::{
    App, caller::Caller, json_request::JsonRequest, problem::Problem, routes::Routes,
    session::Granted, tokens::LIFETIME,
};

pub(super) fn routes() -> Routes {
    Routes::default().public(routes!(login)).public(routes!(refresh)).public(routes!(logout))
}

/// A session whose tokens are in cookies.
#[derive(Serialize, ToSchema)]
pub(crate) struct Welcome {
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
pub(crate) enum Continued {
    Tokens(Granted),
    Cookies(Welcome),
}

/// Puts the tokens of a session into cookies.
pub(crate) fn welcome(app: &App, pair: &TokenPair) -> Response {
    let (cookies, welcome) = welcomed(app, pair);
    (cookies, Json(welcome)).into_response()
}

fn welcomed(app: &App, pair: &TokenPair) -> (HeaderMap, Welcome) {
    let csrf_token = app.auth.csrf.token(pair.session);
    let left = pair.grant.until - app.commands.now();
    let cookies = cookies::of(pair, &csrf_token, left.min(SESSION_LIFETIME));
    let (user, session, scope) = (pair.grant.user, pair.session, pair.scope.clone());
    (cookies, Welcome { user, session, csrf_token, expires_in: LIFETIME, scope })
}

/// Does what ends all sessions of a user who calls, and goes on in a new one, in the way they
/// called: by header or by cookies. But for how they proved who they are it is as the one before:
/// on whose word they were let in, and how long it lasts.
pub(super) async fn go_on(
    app: &App,
    caller: &Caller,
    user: UserId,
    command: Command,
    (methods, origin): (Vec<Method>, Origin),
    headers: &HeaderMap,
) -> Result<(HeaderMap, Continued), Problem> {
    let auth = &app.auth;
    let session = caller.session().ok_or_else(Problem::unauthenticated)?;
    let before = auth.credentials.active_session(session).await?;
    let before = before.ok_or_else(Problem::unauthenticated)?.grant;
    let Grant { client, provider, scope, until, .. } = before;
    let lifetime = until - app.commands.now();
    let entry = NewSession { methods, client, provider, scope, lifetime, origin };
    let order = Order::new(user, command, caller.actor().clone());
    let receipt = app.commands.execute(order).await?;
    auth.changes.mark(user, receipt.position);
    let account = UserAccount::by_id(app.commands.lookup(), user).await?;
    let account = account.ok_or_else(Problem::unauthenticated)?;
    let pair = auth.sessions.start(&account, entry).await?;
    let pair = auth.sessions.at_device(pair, &account, Uuid::now_v7());
    let (mut headers, session) = if headers.contains_key(AUTHORIZATION) {
        (HeaderMap::new(), Continued::Tokens(Granted::new(pair)))
    } else {
        let (cookies, welcome) = welcomed(app, &pair);
        (cookies, Continued::Cookies(welcome))
    };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok((headers, session))
}

/// Signs a browser in: the tokens are set as cookies.
#[utoipa::path(post, path = "/auth/login", operation_id = "identity.session.login",
    tag = "identity",
    request_body = Login, responses((status = 200, body = Welcome)))]
async fn login(
    State(app): State<App>,
    RequestOrigin(origin): RequestOrigin,
    headers: HeaderMap,
    request: JsonRequest<Login>,
) -> Result<Response, Problem> {
    let kept = || cookies::read(&headers, cookies::DEVICE);
    let device_token = request.body.device_token.or_else(kept);
    let pair = app.auth.sign_in.by_password(Login { device_token, ..request.body }, origin).await?;
    Ok(welcome(&app, &pair))
}

/// Renews the session of a browser.
#[utoipa::path(post, path = "/auth/refresh", operation_id = "identity.session.renew",
    tag = "identity",
    responses((status = 200, body = Welcome)))]
async fn refresh(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let token = cookies::read(&headers, cookies::REFRESH).ok_or_else(session_ended)?;
    let session = app.auth.refresh_tokens.session(&token).await?.ok_or_else(session_ended)?;
    app.auth.csrf.check(session, &headers)?;
    let pair = app.auth.sessions.renew(&token, None).await?;
    Ok(welcome(&app, &pair))
}

/// Signs out: the session ends, and its cookies are taken away.
#[utoipa::path(post, path = "/auth/logout", operation_id = "identity.session.logout",
    tag = "identity",
    responses((status = 204)))]
async fn logout(
    State(app): State<App>,
    caller: Result<Caller, Problem>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let session = match caller {
        Ok(caller) if !caller.is_guest() => caller.session(),
        // The access token may have expired; who signs out need not renew it first.
        _ => match cookies::read(&headers, cookies::REFRESH) {
            None => return Err(Problem::unauthenticated()),
            Some(token) => {
                let session = app.auth.refresh_tokens.session(&token).await?;
                session.map(|session| app.auth.csrf.check(session, &headers)).transpose()?;
                session
            }
        },
    };
    if let Some(session) = session {
        app.auth.sessions.end(session).await?;
    }
    Ok((StatusCode::NO_CONTENT, cookies::none()).into_response())
}
