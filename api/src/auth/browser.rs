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
    Entry, Known, Login, Pair, cookies,
    origin::From,
    sessions::{OURS, ended},
};
use crate::{
    App, caller::Caller, given::Given, problem::Problem, routes::Routes, session::Granted,
    tokens::LIFETIME,
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

impl App {
    /// Puts the tokens of a session into cookies.
    pub(crate) fn welcome(&self, pair: &Pair) -> Response {
        let (cookies, welcome) = self.welcomed(pair);
        (cookies, Json(welcome)).into_response()
    }

    fn welcomed(&self, pair: &Pair) -> (HeaderMap, Welcome) {
        let csrf_token = self.csrf.token(pair.session);
        let left = pair.grant.until - self.commands.now();
        let cookies = cookies::of(pair, &csrf_token, left.min(OURS));
        let (user, session, scope) = (pair.grant.user, pair.session, pair.scope.clone());
        (cookies, Welcome { user, session, csrf_token, expires_in: LIFETIME, scope })
    }

    /// Does what ends all sessions of a user who calls, and goes on in a new one, in the way they
    /// called: by header or by cookies. But for how they proved who they are it is as the one before:
    /// on whose word they were let in, and how long it lasts.
    pub(super) async fn go_on(
        &self,
        caller: &Caller,
        user: UserId,
        command: Command,
        (methods, origin): (Vec<Method>, Origin),
        headers: &HeaderMap,
    ) -> Result<(HeaderMap, Continued), Problem> {
        let session = caller.session().ok_or_else(Problem::unauthenticated)?;
        let before = self.lasting(session).await?.ok_or_else(Problem::unauthenticated)?.grant;
        let Grant { client, provider, scope, until, .. } = before;
        let lifetime = until - self.commands.now();
        let entry = Entry { methods, client, provider, scope, lifetime, origin };
        let order = Order::new(user, command, caller.actor().clone());
        let receipt = self.commands.execute(order).await?;
        self.changes.mark(user, receipt.position);
        let known = Known::by_id(self, user).await?.ok_or_else(Problem::unauthenticated)?;
        let pair = self.start_session(&known, entry).await?;
        let pair = self.at_device(pair, &known, Uuid::now_v7());
        let (mut headers, session) = if headers.contains_key(AUTHORIZATION) {
            (HeaderMap::new(), Continued::Tokens(Granted::new(pair)))
        } else {
            let (cookies, welcome) = self.welcomed(&pair);
            (cookies, Continued::Cookies(welcome))
        };
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok((headers, session))
    }
}

/// Signs a browser in: the tokens are set as cookies.
#[utoipa::path(post, path = "/auth/login", operation_id = "identity.session.login",
    tag = "identity",
    request_body = Login, responses((status = 200, body = Welcome)))]
async fn login(
    State(app): State<App>,
    From(origin): From,
    headers: HeaderMap,
    given: Given<Login>,
) -> Result<Response, Problem> {
    let kept = || cookies::read(&headers, cookies::DEVICE);
    let device_token = given.body.device_token.or_else(kept);
    let pair = app.sign_in(Login { device_token, ..given.body }, origin).await?;
    Ok(app.welcome(&pair))
}

/// Renews the session of a browser.
#[utoipa::path(post, path = "/auth/refresh", operation_id = "identity.session.renew",
    tag = "identity",
    responses((status = 200, body = Welcome)))]
async fn refresh(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let token = cookies::read(&headers, cookies::REFRESH).ok_or_else(ended)?;
    let session = app.refresh_tokens.session(&token).await?.ok_or_else(ended)?;
    app.csrf.check(session, &headers)?;
    let pair = app.renew_session(&token, None).await?;
    Ok(app.welcome(&pair))
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
                let session = app.refresh_tokens.session(&token).await?;
                session.map(|session| app.csrf.check(session, &headers)).transpose()?;
                session
            }
        },
    };
    if let Some(session) = session {
        app.end_session(session).await?;
    }
    Ok((StatusCode::NO_CONTENT, cookies::none()).into_response())
}
