//! The middleware between the network and a router, the same for the routes of one process and for
//! a gateway to many.
//!
//! Every process has the [`layers`]: traces, limits and the true client address. The outermost one
//! has the limits and headers of [`Public`] as well.

mod address;
mod gateway_key;
mod layers;
mod legacy;
mod paths;
mod public;
mod rates;
mod settings;
#[cfg(test)]
mod tests;
mod unread_body;
mod versions;

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
};
use tower::Layer;
use tower_http::normalize_path::NormalizePathLayer;

use crate::site::people;

pub(crate) use address::Peer;
pub use address::{Address, Proxies, X_FORWARDED_FOR};
pub use gateway_key::GatewayKey;
pub use layers::no_such_route;
pub(crate) use layers::{method_not_allowed, route_not_found};
pub use legacy::redirected;
pub(crate) use paths::is_under;
pub use rates::Rates;
pub(crate) use rates::StreamLimits;
pub use settings::{Ingress, LARGEST, Public};
pub use versions::Deprecations;

impl Ingress {
    /// Wraps a router in this middleware.
    pub fn before(self, router: Router) -> Router {
        let router = match &self.0.public {
            Some(public) => public::before(router, public, self.clone()),
            None => router,
        };
        let router = router.layer(from_fn_with_state(self, layers::process));
        let router = router.layer(from_fn(people));
        let router = router.layer(from_fn(unread_body::drain));
        // `/customers/` is `/customers`, without a redirect.
        Router::new().fallback_service(NormalizePathLayer::trim_trailing_slash().layer(router))
    }
}
