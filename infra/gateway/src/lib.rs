//! The API gateway: one address for many processes. It learns from the registry or from settings which
//! instance serves which paths.
//!
//! A gateway has no rights and no database: it forwards requests unchanged to a healthy instance. If an
//! instance dies before it answers, the request is sent to another one, if it may be sent twice.

mod forward;
mod gateway;
mod openapi;
mod routing_table;
mod upgrade;

use api::{Readiness, ingress::Ingress};
use axum::{Router, routing::get};

pub use self::{gateway::Gateway, routing_table::Instance};

impl Gateway {
    /// The routes of the gateway behind its ingress.
    pub fn router(self, readiness: Readiness, ingress: Ingress) -> Router {
        let documents = api::version_prefixes().fold(Router::new(), |router, prefix| {
            router
                .route(&format!("{prefix}/openapi.json"), get(openapi::document))
                .route(&format!("{prefix}/docs"), get(openapi::docs_page))
        });
        let router = documents
            .merge(api::public_routes(readiness))
            .merge(api::portal_routes())
            .fallback(forward::forward)
            .with_state(self);
        ingress.apply_layers(router)
    }
}
