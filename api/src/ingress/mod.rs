//! What stands between the outside and whatever answers: the same before the routes of one
//! process and before a gateway to many.
//!
//! Every process keeps to [`layers`]: requests have names, bounds and a true
//! address. The outermost one has a [`Public`] as well.

mod address;
mod layers;
mod legacy;
mod paths;
mod public;
mod rates;
mod settings;
#[cfg(test)]
mod tests;
mod unread;
mod versions;
mod vouched;

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
};
use tower::Layer;
use tower_http::normalize_path::NormalizePathLayer;

pub(crate) use address::Peer;
pub use address::{Address, Proxies, X_FORWARDED_FOR};
pub use layers::no_such_route;
pub(crate) use layers::{not_so, nowhere};
pub use legacy::redirected;
pub(crate) use paths::is_under;
pub use rates::Rates;
pub(crate) use rates::Streams;
pub use settings::{Ingress, LARGEST, Public};
pub use versions::Deprecations;
pub use vouched::GatewayKey;

impl Ingress {
    /// Puts itself before some routes.
    pub fn before(self, router: Router) -> Router {
        let router = match &self.0.public {
            Some(public) => public::before(router, public, self.clone()),
            None => router,
        };
        let router = router.layer(from_fn_with_state(self, layers::around));
        let router = router.layer(from_fn(unread::read_on));
        // `/customers/` is `/customers`, without a redirect.
        Router::new().fallback_service(NormalizePathLayer::trim_trailing_slash().layer(router))
    }
}
