//! The business over HTTP.
//!
//! Commands need no handlers here: a [`resource`](resource::resource) is a table, and every
//! command of an aggregate is served and described from its own type. Reads are a line each where
//! they are lists and items of a read model, and written by hand where they are more.
//!
//! **Invariant:** whatever is no success is a [`Problem`].
//! **Invariant:** what a caller may see is decided by the matrix of rights, in
//! [`caller`](caller::Caller::sight) for queries and in `commands` for commands, nowhere else.
//! **Invariant:** no body, token, password or query string is ever logged.

mod answer;
mod api_key;
mod app;
pub mod audit;
mod auth;
mod authenticator;
mod breached;
mod cabinet_access;
mod caller;
mod contexts;
mod contracts;
mod describe;
mod dispatcher;
pub mod docs;
mod document;
mod error_location;
mod explain;
mod freshness;
mod gate;
mod history;
mod html;
pub mod ingress;
mod json_request;
pub mod live;
mod oauth;
mod operations;
mod origins;
mod outbound;
mod passwords;
mod path_key;
mod principal;
mod problem;
mod read_query;
mod reads;
mod reports;
mod resource;
mod routes;
mod secret;
pub mod serve;
mod session;
mod settings;
#[cfg(test)]
mod tests;
mod times;
mod tokens;
pub mod trace;
mod unique;
mod visible;

mod catalog;
mod crm;
mod identity;
mod licensing;
mod notifications;
mod organizations;
mod platform;
mod purchasing;
mod scheduling;
mod support;

use std::sync::Arc;

use axum::{Router, extract::DefaultBodyLimit, middleware::from_fn_with_state, routing::any};

pub use app::App;
pub use auth::{Idle, watch};
pub use breached::Breached;
pub use contexts::{Contexts, versions};
pub use contracts::{EventContract, PURCHASE_MESSAGE, events, purchase_message};
pub use document::openapi;
use ingress::Ingress;
pub use ingress::LARGEST;
pub use operations::{Check, Readiness, install_metrics, internal, public};
pub use passwords::{belongs, hashed, unfit};
pub use problem::Problem;
pub use settings::Settings;
pub use tokens::{Claims, LIFETIME, Tokens};

/// What some contexts answer, and a problem for everything else.
pub fn router(app: App, contexts: &Contexts, ingress: Ingress) -> Router {
    let versions = contexts.versions;
    let (routes, described, required) = contexts.routes().into_parts();
    let document = document::whole(&described, versions);
    let gate = from_fn_with_state((app.authenticator.clone(), Arc::new(required)), gate::gate);
    let gated = routes.route_layer(gate);
    // What the API and the process say of themselves is for everybody.
    let router = versions.iter().fold(gated, |router, version| {
        router.nest(&version.beginning(), document::routes(document::of(&document, version)))
    });
    let router = router
        .merge(public(app.readiness.clone()))
        .method_not_allowed_fallback(ingress::not_so)
        .fallback_service(any(ingress::nowhere).with_state(Arc::new(contexts.paths())))
        .layer(DefaultBodyLimit::max(LARGEST))
        .layer(from_fn_with_state((app.ledger.clone(), versions), audit::record_requests))
        .with_state(app);
    ingress.before(router)
}
