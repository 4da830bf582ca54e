//! The middleware between the network and a router, the same for the routes of one process and for
//! a gateway to many.
//!
//! Every process has the [`layers`]: traces, limits and the true client address. The outermost one
//! has the limits and headers of [`PublicSettings`] as well.

mod address;
mod gateway_key;
mod layers;
mod paths;
mod public;
mod rate_limits;
mod settings;
#[cfg(test)]
mod tests;
mod unread_body;
mod unversioned;
mod uploads;
mod versions;

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
};
use tower::Layer;
use tower_http::normalize_path::NormalizePathLayer;

use crate::site::localize_and_render_problems;

pub(crate) use address::PeerAddress;
pub use address::{ClientAddress, TrustedProxies, X_FORWARDED_FOR};
pub use gateway_key::GatewayKey;
pub use layers::no_such_route_problem;
pub(crate) use layers::{method_not_allowed, route_not_found};
pub(crate) use paths::is_under;
pub use rate_limits::RateLimits;
pub(crate) use rate_limits::StreamLimits;
pub use settings::{Ingress, MAX_BODY_SIZE, PublicSettings};
pub use unversioned::redirect_unversioned;
pub use uploads::brings_file;
pub use versions::Deprecations;

impl Ingress {
    /// Wraps a router in this middleware.
    pub fn apply_layers(self, router: Router) -> Router {
        let router = match &self.0.public {
            Some(public) => public::apply_public_layers(router, public, self.clone()),
            None => router,
        };
        let router = router.layer(from_fn_with_state(self, layers::trace_and_limit));
        let router = router.layer(from_fn(localize_and_render_problems));
        let router = router.layer(from_fn(unread_body::drain));
        // `/customers/` is `/customers`, without a redirect.
        Router::new().fallback_service(NormalizePathLayer::trim_trailing_slash().layer(router))
    }
}
