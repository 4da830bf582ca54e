//! What stands between the outside and whatever answers: the same before the routes of one
//! process and before a gateway to many.
//!
//! Every process keeps to [`layers`]: requests have names, bounds and a true
//! address. The outermost one has a [`Door`] as well.

mod address;
mod door;
mod layers;
mod legacy;
mod rates;
#[cfg(test)]
mod tests;
mod unread;
mod versions;
mod vouched;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    http::HeaderValue,
    middleware::{from_fn, from_fn_with_state},
};
use tokio::sync::Semaphore;
use tower::Layer;
use tower_http::normalize_path::NormalizePathLayer;

pub(crate) use address::Peer;
pub use address::{Address, Proxies, X_FORWARDED_FOR};
pub use layers::no_such_route;
pub(crate) use layers::{not_so, nowhere};
pub use legacy::redirected;
pub use rates::Rates;
pub(crate) use rates::Streams;
pub use versions::Deprecations;
pub use vouched::GatewayKey;

/// Whether a path is another one or lies below it.
pub(crate) fn is_under(path: &str, beginning: &str) -> bool {
    path.strip_prefix(beginning).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// No answer takes longer than this.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the edge of a process keeps to.
#[derive(Clone)]
pub struct Edge(Arc<Inner>);

struct Inner {
    free: Semaphore,
    /// How long an answer may take.
    patience: Duration,
    proxies: Proxies,
    /// By which a gateway before us is known.
    gateway: Option<GatewayKey>,
    door: Option<Door>,
}

/// What only the outermost process does.
pub struct Door {
    /// The origins whose pages may call us.
    pub origins: Vec<HeaderValue>,
    pub rates: Arc<Rates>,
    pub deprecations: Deprecations,
    /// Whether people reach us by HTTPS, and must from then on.
    pub https: bool,
}

impl Edge {
    /// `at_once` is how many requests are answered at the same time; more are told to come back.
    pub fn new(at_once: usize, proxies: Proxies, door: Option<Door>) -> Self {
        Self::patient(at_once, proxies, door, PATIENCE)
    }

    /// The same of a process behind gateways, which are known by a key.
    pub fn behind(at_once: usize, proxies: Proxies, gateway: GatewayKey) -> Self {
        let free = Semaphore::new(at_once);
        let (gateway, door) = (Some(gateway), None);
        Self(Arc::new(Inner { free, patience: PATIENCE, proxies, gateway, door }))
    }

    fn patient(at_once: usize, proxies: Proxies, door: Option<Door>, patience: Duration) -> Self {
        let (free, gateway) = (Semaphore::new(at_once), None);
        Self(Arc::new(Inner { free, patience, proxies, gateway, door }))
    }

    /// Puts itself before some routes.
    pub fn before(self, router: Router) -> Router {
        let router = match &self.0.door {
            Some(door) => door::before(router, door, self.clone()),
            None => router,
        };
        let router = router.layer(from_fn_with_state(self, layers::around));
        let router = router.layer(from_fn(unread::read_on));
        // `/customers/` is `/customers`, without a redirect.
        Router::new().fallback_service(NormalizePathLayer::trim_trailing_slash().layer(router))
    }
}
