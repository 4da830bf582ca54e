//! Redirects of a browser back to an application, and errors that are answered to a browser.

use axum::{
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{LOCATION, REFERRER_POLICY},
    },
    response::{IntoResponse, Response},
};

use super::{pages, params::append_query, texts};
use crate::{
    App,
    problem::Problem,
    site::{Phrase, say},
};

/// Where the browser is sent back to: an address that was compared with the registered ones.
#[derive(Debug)]
pub(super) struct RedirectTarget {
    pub(super) uri: String,
    pub(super) state: Option<String>,
}

/// An error that is answered to a browser, as a page or as a redirect to the application.
#[derive(Debug)]
pub(crate) struct BrowserError(Box<Response>);

impl BrowserError {
    /// A page for the user: the application is unknown or cannot be trusted, so it gets no answer.
    pub(super) fn page(message: Phrase) -> Self {
        Self(Box::new(pages::error_page(say(message))))
    }

    /// A page that names the provider which caused the error.
    pub(super) fn page_about(provider: &str, message: Phrase) -> Self {
        Self(Box::new(pages::error_page(&format!("{provider} {}", say(message)))))
    }

    /// A redirect that reports the error to the application (RFC 6749, 4.1.2.1).
    pub(super) fn redirect(
        app: &App,
        target: &RedirectTarget,
        error: &str,
        description: &str,
    ) -> Self {
        let fields = [("error", error), ("error_description", description)];
        Self(Box::new(target.redirect(app, &fields)))
    }
}

impl RedirectTarget {
    /// Sends the browser back with an answer, which names its issuer (RFC 9207).
    ///
    /// The status is 303, so that the browser does not forward the form that was sent to us.
    pub(super) fn redirect(&self, app: &App, fields: &[(&str, &str)]) -> Response {
        let state = self.state.as_deref().map(|state| ("state", state));
        let issuer = [("iss", app.tokens.issuer())];
        let fields: Vec<_> = fields.iter().copied().chain(state).chain(issuer).collect();
        see_other(&append_query(&self.uri, &fields))
    }
}

/// A redirect with 303 that sends no referrer.
pub(super) fn see_other(address: &str) -> Response {
    let Ok(address) = HeaderValue::from_str(address) else {
        return pages::error_page(say(texts::CANNOT_REDIRECT_BACK));
    };
    let headers: [(HeaderName, HeaderValue); 2] =
        [(LOCATION, address), (REFERRER_POLICY, HeaderValue::from_static("no-referrer"))];
    (StatusCode::SEE_OTHER, headers).into_response()
}

impl<E: Into<Problem>> From<E> for BrowserError {
    fn from(problem: E) -> Self {
        Self(Box::new(problem.into().into_response()))
    }
}

impl IntoResponse for BrowserError {
    fn into_response(self) -> Response {
        *self.0
    }
}
