//! Who sits at a browser: he who signed in there, until his session with us ends.

use axum::http::{HeaderMap, HeaderValue, header::ORIGIN};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use cookie::{Cookie, SameSite, time::Duration};
use domain::identity::session::{Method, SessionId};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    App,
    auth::{self, UserAccount, started_at},
    principal::ActiveSession,
    problem::Problem,
};

/// How long somebody who signed in goes on to other applications without being asked again.
const LIFETIME: TimeDelta = TimeDelta::hours(12);
const NAME: &str = "__Host-sign-in";

/// Somebody who signed in at this browser.
#[derive(Debug, Clone)]
pub(super) struct SignedIn {
    pub(super) session: SessionId,
    pub(super) known: UserAccount,
    pub(super) methods: Vec<Method>,
    pub(super) at: DateTime<Utc>,
}

impl SignedIn {
    /// Whoever signed in here, or at our own pages, if his session lasts.
    pub(super) async fn of(app: &App, headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let ours = || {
            let token = auth::read_cookie(headers, auth::ACCESS)?;
            app.tokens.verify(&token).ok().map(|(claims, _)| claims.sid.into())
        };
        match read(app, headers, NAME).or_else(ours) {
            Some(session) => Self::in_session(app, session).await,
            None => Ok(None),
        }
    }

    /// The user of a session, if it lasts.
    pub(super) async fn in_session(app: &App, session: SessionId) -> Result<Option<Self>, Problem> {
        let now = app.commands.now();
        let at = started_at(session).filter(|at| now < *at + LIFETIME);
        let lasting = app
            .auth
            .credentials
            .active_session(session)
            .await?
            .filter(|it| it.grant.client.is_none());
        let Some((ActiveSession { grant, account: known, .. }, at)) = lasting.zip(at) else {
            return Ok(None);
        };
        // Where their role asks for a second factor, they are to show one first.
        let lacking = app.auth.factors.lacks_now(&known, &grant).await?;
        Ok((!lacking).then_some(Self { session, known, methods: grant.methods, at }))
    }

    /// The cookie by which he is known again.
    pub(super) fn cookie(&self, app: &App) -> Result<HeaderValue, Problem> {
        seal(app, NAME, &self.session)
    }
}

/// The cookie of nobody.
pub(super) fn signed_out() -> Result<HeaderValue, Problem> {
    forget(NAME)
}

/// A cookie that only we can read, and nobody else can make.
pub(super) fn seal(app: &App, name: &str, value: &impl Serialize) -> Result<HeaderValue, Problem> {
    written(Cookie::new(name, sealed(app, name, value)?))
}

pub(super) fn read<T: DeserializeOwned>(app: &App, headers: &HeaderMap, name: &str) -> Option<T> {
    opened(app, name, &auth::read_cookie(headers, name)?)
}

/// What only we can read, and nobody else can make, for a cookie or a form of this name.
pub(super) fn sealed(app: &App, name: &str, value: &impl Serialize) -> Result<String, Problem> {
    let plain = serde_json::to_vec(value).map_err(anyhow::Error::from)?;
    let sealed = app.commands.lookup().keys().master().seal(name.as_bytes(), &plain);
    let sealed = sealed.map_err(|_| anyhow::anyhow!("{name} could not be sealed"))?;
    Ok(URL_SAFE_NO_PAD.encode(sealed))
}

pub(super) fn opened<T: DeserializeOwned>(app: &App, name: &str, sealed: &str) -> Option<T> {
    let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let plain = app.commands.lookup().keys().master().open(name.as_bytes(), &sealed).ok()?;
    serde_json::from_slice(&plain).ok()
}

pub(super) fn forget(name: &str) -> Result<HeaderValue, Problem> {
    let mut cookie = Cookie::new(name, "");
    cookie.set_max_age(Duration::ZERO);
    written(cookie)
}

/// It goes when the browser is closed, and comes along when an application sends somebody here, but
/// not when it sends a form.
fn written(mut cookie: Cookie<'_>) -> Result<HeaderValue, Problem> {
    cookie.set_path("/");
    cookie.set_secure(true);
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    Ok(cookie.to_string().parse().map_err(anyhow::Error::from)?)
}

/// Whether a form was sent by a page of ours, as far as the browser says where it comes from.
/// What is no browser sends no cookie without being told to.
pub(super) fn is_from_here(app: &App, headers: &HeaderMap) -> bool {
    match (headers.get("sec-fetch-site"), headers.get(ORIGIN)) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => app.origins.is_own(origin),
        (None, None) => true,
    }
}
