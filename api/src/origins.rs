//! The origins whose pages may send requests from a browser.

use axum::http::HeaderValue;
use url::Url;

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
}
