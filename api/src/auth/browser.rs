//! Signing in with a browser: the tokens travel in cookies.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use domain::identity::{session::SessionId, user::UserId};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Pair, cookies,
    origin::From,
    sessions::{OURS, ended},
};
use crate::{
    App, caller::Caller, given::Given, problem::Problem, session::Login, tokens::LIFETIME,
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(login)).routes(routes!(refresh)).routes(routes!(logout))
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
}

impl App {
    /// Puts the tokens of a session into cookies.
    pub(crate) fn welcome(&self, pair: &Pair) -> Response {
        let csrf_token = self.csrf.token(pair.session);
        let left = pair.grant.until - self.commands.now();
        let cookies = cookies::of(pair, &csrf_token, left.min(OURS));
        let (user, session) = (pair.grant.user, pair.session);
        let welcome = Welcome { user, session, csrf_token, expires_in: LIFETIME };
        (cookies, Json(welcome)).into_response()
    }
}

/// Signs a browser in: the tokens are set as cookies.
#[utoipa::path(post, path = "/auth/login", operation_id = "identity.session.login",
    extensions(("x-right" = json!("public"))), tag = "identity",
    request_body = Login, responses((status = 200, body = Welcome)))]
async fn login(
    State(app): State<App>,
    From(origin): From,
    given: Given<Login>,
) -> Result<Response, Problem> {
    let pair = app.sign_in(given.body, origin).await?;
    Ok(app.welcome(&pair))
}

/// Renews the session of a browser.
#[utoipa::path(post, path = "/auth/refresh", operation_id = "identity.session.renew",
    extensions(("x-right" = json!("public"))), tag = "identity",
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
    extensions(("x-right" = json!("public"))), tag = "identity",
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
