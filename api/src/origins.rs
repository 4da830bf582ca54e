//! The origins whose pages may send requests from a browser.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header::ORIGIN};
use url::Url;

use crate::problem::{Problem, ProblemCode};

/// Our own origin, and others whose pages may call us.
pub(crate) struct Origins {
    own: Option<String>,
    allowed: Vec<HeaderValue>,
}

impl Origins {
    /// `public_url` is how people reach us.
    pub(crate) fn new(public_url: &str, allowed: Vec<HeaderValue>) -> Self {
        let own = Url::parse(public_url).map(|url| url.origin().ascii_serialization());
        Self { own: own.ok(), allowed }
    }

    /// Whether it is our own origin: the same scheme, host and port.
    pub(crate) fn is_own(&self, origin: &HeaderValue) -> bool {
        self.own.as_ref().is_some_and(|own| own.as_bytes() == origin.as_bytes())
    }

    /// Whether pages of this origin may call us.
    pub(crate) fn may_call(&self, origin: &HeaderValue) -> bool {
        self.is_own(origin) || self.allowed.contains(origin)
    }

    /// Whether a form was sent by a page of ours, by `Sec-Fetch-Site` or `Origin`. Requests without
    /// either come from programs, which do not send cookies on behalf of other sites.
    pub(crate) fn is_own_form(&self, headers: &HeaderMap) -> bool {
        match (headers.get("sec-fetch-site"), headers.get(ORIGIN)) {
            (Some(site), _) => site == "same-origin",
            (None, Some(origin)) => self.is_own(origin),
            (None, None) => true,
        }
    }

    /// Refuses a form that another site sent.
    pub(crate) fn require_own_form(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let detail = "this form was sent from another site";
        let foreign = || Problem::new(StatusCode::FORBIDDEN, ProblemCode::ForeignForm, detail);
        self.is_own_form(headers).then_some(()).ok_or_else(foreign)
    }
}
