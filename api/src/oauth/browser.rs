//! The user who is signed in at a browser, by a cookie of their session with us.

use axum::http::{HeaderMap, HeaderValue};
use chrono::{DateTime, TimeDelta, Utc};
use cookie::{Cookie, SameSite, time::Duration};
use domain::identity::session::{Method, SessionId};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    App,
    auth::{self, SIGN_IN_COOKIE, UserAccount, started_at},
    encrypted::{decrypt, encrypt_text},
    principal::ActiveSession,
    problem::Problem,
};

/// How long a sign-in serves further applications without asking the user again.
const SIGN_IN_LIFETIME: TimeDelta = TimeDelta::hours(12);

/// The user who signed in at a browser.
#[derive(Debug, Clone)]
pub(crate) struct SignedInUser {
    pub(super) session: SessionId,
    pub(crate) account: UserAccount,
    pub(super) methods: Vec<Method>,
    pub(super) at: DateTime<Utc>,
}

impl SignedInUser {
    /// The user who signed in here, or in our own web application, if their session is active.
    pub(crate) async fn from_cookies(
        app: &App,
        headers: &HeaderMap,
    ) -> Result<Option<Self>, Problem> {
        let session_of_own_pages = || {
            let token = auth::read_cookie(headers, auth::ACCESS_COOKIE)?;
            app.tokens.verify(&token).ok().map(|(claims, _)| claims.sid.into())
        };
        match read_encrypted_cookie(app, headers, SIGN_IN_COOKIE).or_else(session_of_own_pages) {
            Some(session) => Self::from_session(app, session).await,
            None => Ok(None),
        }
    }

    /// The user of a session, if it is active.
    pub(super) async fn from_session(
        app: &App,
        session: SessionId,
    ) -> Result<Option<Self>, Problem> {
        let now = app.commands.now();
        let at = started_at(session).filter(|at| now < *at + SIGN_IN_LIFETIME);
        let active_session = app
            .auth
            .credentials
            .active_session(session)
            .await?
            .filter(|session| session.grant.client.is_none());
        let Some((ActiveSession { grant, account, .. }, at)) = active_session.zip(at) else {
            return Ok(None);
        };
        // Sessions that lack a second factor which the role requires do not count.
        let lacks_factor = app.auth.factors.is_missing_now(&account, &grant).await?;
        Ok((!lacks_factor).then_some(Self { session, account, methods: grant.methods, at }))
    }

    /// The cookie that identifies the user's session.
    pub(super) fn session_cookie(&self, app: &App) -> Result<HeaderValue, Problem> {
        encrypted_cookie(app, SIGN_IN_COOKIE, &self.session)
    }
}

/// Removes the cookie of the signed-in user.
pub(super) fn signed_out_cookie() -> Result<HeaderValue, Problem> {
    expired_cookie(SIGN_IN_COOKIE)
}

/// A cookie with an encrypted and authenticated value.
pub(super) fn encrypted_cookie(
    app: &App,
    name: &str,
    value: &impl Serialize,
) -> Result<HeaderValue, Problem> {
    cookie_header(Cookie::new(name, encrypt_text(app, name, value)?))
}

pub(super) fn read_encrypted_cookie<T: DeserializeOwned>(
    app: &App,
    headers: &HeaderMap,
    name: &str,
) -> Option<T> {
    decrypt(app, name, &auth::read_cookie(headers, name)?)
}

pub(super) fn expired_cookie(name: &str) -> Result<HeaderValue, Problem> {
    let mut cookie = Cookie::new(name, "");
    cookie.set_max_age(Duration::ZERO);
    cookie_header(cookie)
}

/// A session cookie that is sent when an application redirects here, but not when another site posts a form.
fn cookie_header(mut cookie: Cookie<'_>) -> Result<HeaderValue, Problem> {
    cookie.set_path("/");
    cookie.set_secure(true);
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    Ok(cookie.to_string().parse().map_err(anyhow::Error::from)?)
}
