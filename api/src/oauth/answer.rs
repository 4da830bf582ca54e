//! How a browser is sent back to an application, and when it is not.

use axum::{
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY},
    },
    response::{IntoResponse, Response},
};

use super::{fields::with, pages};
use crate::{App, problem::Problem};

/// Where the browser goes back to: an address that was compared with the registered ones.
#[derive(Debug)]
pub(super) struct Back {
    pub(super) uri: String,
    pub(super) state: Option<String>,
}

/// Why a request comes to nothing.
#[derive(Debug)]
pub(crate) struct Stop(Box<Response>);

impl Stop {
    /// Told to the one who sits there: whoever sent him cannot be trusted, or is not known.
    pub(super) fn shown(why: &str) -> Self {
        Self(Box::new(pages::refused(why)))
    }

    /// Told to the application.
    pub(super) fn back(app: &App, back: &Back, error: &str, description: &str) -> Self {
        let fields = [("error", error), ("error_description", description)];
        Self(Box::new(back.send(app, &fields)))
    }
}

impl Back {
    /// Sends the browser back with an answer, which names its issuer (RFC 9207).
    ///
    /// 303, so that nothing of a form that was sent to us is sent on.
    pub(super) fn send(&self, app: &App, fields: &[(&str, &str)]) -> Response {
        let state = self.state.as_deref().map(|state| ("state", state));
        let issuer = [("iss", app.tokens.issuer())];
        let fields: Vec<_> = fields.iter().copied().chain(state).chain(issuer).collect();
        see_other(&with(&self.uri, &fields))
    }
}

/// Sends the browser elsewhere, without telling where it was.
pub(super) fn see_other(address: &str) -> Response {
    let Ok(address) = HeaderValue::from_str(address) else {
        return pages::refused("There is no way back to the application.");
    };
    let headers: [(HeaderName, HeaderValue); 3] = [
        (LOCATION, address),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

impl<E: Into<Problem>> From<E> for Stop {
    fn from(problem: E) -> Self {
        Self(Box::new(problem.into().into_response()))
    }
}

impl IntoResponse for Stop {
    fn into_response(self) -> Response {
        *self.0
    }
}
