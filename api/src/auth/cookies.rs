//! Session cookies that no script can read, and CSRF tokens: a header proves that one of our own
//! pages sent a request, as foreign pages cannot know the token.

use aws_lc_rs::{constant_time, hmac};
use axum::http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{COOKIE, SET_COOKIE},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use cookie::{Cookie, SameSite, time::Duration};
use domain::identity::session::SessionId;
use sealing::MasterKey;

use super::{devices::DEVICE_LIFETIME, sessions::IssuedTokens};
use crate::{
    problem::{Problem, ProblemCode},
    tokens::ACCESS_TOKEN_LIFETIME,
};

/// The access token. Sent also when a link from another site is followed.
pub(crate) const ACCESS_COOKIE: &str = "__Host-access";
/// The refresh token. Sent from our own pages only.
pub(crate) const REFRESH_COOKIE: &str = "__Host-refresh";
/// The session in which somebody signed in to other applications, sealed.
pub(crate) const SIGN_IN_COOKIE: &str = "__Host-sign-in";
/// Identifies the device at the next sign-in. Has nothing to do with who is signed in.
pub(crate) const DEVICE_COOKIE: &str = "__Host-device";
/// The CSRF token, which our pages read and send back as [`X_CSRF_TOKEN`].
const CSRF_COOKIE: &str = "__Host-csrf";
pub(crate) const X_CSRF_TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");

/// Issues and checks CSRF tokens.
#[derive(Clone)]
pub(crate) struct CsrfTokens(hmac::Key);

impl CsrfTokens {
    pub(crate) fn new(master: &MasterKey) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &master.derive("csrf")))
    }

    /// The token of a session; it never changes.
    pub(crate) fn token(&self, session: SessionId) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, session.uuid().as_bytes()))
    }

    /// Refuses a request that has the cookies of a session but not its CSRF token.
    pub(crate) fn check(&self, session: SessionId, headers: &HeaderMap) -> Result<(), Problem> {
        let sent = headers.get(X_CSRF_TOKEN).map_or(&b""[..], HeaderValue::as_bytes);
        let expected = self.token(session);
        constant_time::verify_slices_are_equal(sent, expected.as_bytes()).map_err(|_| {
            let detail = "send what stands in the cookie __Host-csrf as X-CSRF-Token";
            Problem::new(StatusCode::FORBIDDEN, ProblemCode::Csrf, detail)
        })
    }
}

/// A cookie of a request.
pub(crate) fn read_cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let sent = headers.get_all(COOKIE).iter().filter_map(|sent| sent.to_str().ok());
    let mut cookies = sent.flat_map(Cookie::split_parse).filter_map(Result::ok);
    cookies.find(|cookie| cookie.name() == name).map(|cookie| cookie.value().to_owned())
}

/// Whether a browser has the cookies of a session, which may be over.
pub(crate) fn has_session_cookie(headers: &HeaderMap) -> bool {
    read_cookie(headers, ACCESS_COOKIE).or_else(|| read_cookie(headers, REFRESH_COOKIE)).is_some()
}

/// The cookies of a session.
pub(crate) fn session_cookies(
    tokens: &IssuedTokens,
    csrf: &str,
    lifetime: chrono::TimeDelta,
) -> HeaderMap {
    let access = Duration::seconds(ACCESS_TOKEN_LIFETIME.cast_signed());
    let session = Duration::seconds(lifetime.num_seconds());
    let csrf = cookie(CSRF_COOKIE, csrf, session, SameSite::Strict).http_only(false);
    let cookies = [
        cookie(ACCESS_COOKIE, &tokens.access_token, access, SameSite::Lax),
        cookie(REFRESH_COOKIE, &tokens.refresh_token, session, SameSite::Strict),
        csrf,
    ];
    headers(cookies.into_iter().chain(tokens.device_token.as_deref().map(device)))
}

/// The device cookie, if these tokens come from a sign-in.
pub(crate) fn device_cookie(tokens: &IssuedTokens) -> HeaderMap {
    headers(tokens.device_token.as_deref().map(device))
}

fn device(token: &str) -> SessionCookie<'_> {
    let age = Duration::seconds(DEVICE_LIFETIME.num_seconds());
    cookie(DEVICE_COOKIE, token, age, SameSite::Lax)
}

/// Removes the cookies of a session, and of that in which one signed in to other applications.
pub(crate) fn expired_session_cookies() -> HeaderMap {
    headers(
        [ACCESS_COOKIE, REFRESH_COOKIE, CSRF_COOKIE, SIGN_IN_COOKIE]
            .map(|name| cookie(name, "", Duration::ZERO, SameSite::Strict)),
    )
}

type SessionCookie<'a> = cookie::CookieBuilder<'a>;

fn cookie<'a>(name: &'a str, value: &'a str, age: Duration, from: SameSite) -> SessionCookie<'a> {
    Cookie::build((name, value)).path("/").secure(true).http_only(true).same_site(from).max_age(age)
}

fn headers<'a>(cookies: impl IntoIterator<Item = SessionCookie<'a>>) -> HeaderMap {
    let values = cookies.into_iter().filter_map(|cookie| cookie.build().to_string().parse().ok());
    values.map(|value: HeaderValue| (SET_COOKIE, value)).fold(
        HeaderMap::new(),
        |mut all, (name, value)| {
            all.append(name, value);
            all
        },
    )
}
