//! The business over HTTP.
//!
//! Commands need no handlers here: a [`resource`](resource::resource) is a table, and every
//! command of an aggregate is served and described from its own type. Lists and items of a read
//! model take a line each; other queries are written by hand.
//!
//! **Invariant:** every response that is no success is a [`Problem`].
//! **Invariant:** the matrix of rights decides what a caller may do and see: it is asked by
//! [`access_control`] for each operation, by [`caller`](caller::Caller::row_scope) for the rows of a query,
//! and by `commands` for each command; of an item's events, [`visible`] says which of them are seen.
//! **Invariant:** no body, token, password or query string is ever logged.

mod access_control;
mod acts;
mod analytics;
mod api_key;
mod app;
mod asyncapi;
pub mod audit;
mod auth;
mod authenticator;
mod body;
mod breached_passwords;
mod cabinet_access;
mod caller;
mod contexts;
mod contracts;
#[expect(unused_qualifications, reason = "utoipa writes the path of parameters out")]
mod dashboard;
mod demonstration;
mod describe;
mod dispatcher;
pub mod docs;
mod duplicates;
mod encrypted;
mod entity_tag;
mod error_location;
mod explain;
mod freshness;
mod guest_mail;
mod health;
mod history;
mod html;
pub mod ingress;
mod jobs;
mod json_request;
mod lists;
pub mod live;
mod names;
mod oauth;
mod obstacle;
mod openapi_document;
mod origins;
mod outbound;
mod passwords;
mod path_key;
mod portal;
mod principal;
mod problem;
mod read_query;
mod reads;
mod rendering;
mod reports;
mod resource;
mod routes;
mod sample;
#[expect(unused_qualifications, reason = "utoipa writes the path of parameters out")]
mod search;
mod secret;
pub mod serve;
mod session;
mod settings;
mod site;
mod tables;
#[cfg(test)]
mod tests;
mod times;
mod tokens;
pub mod trace;
mod type_schema;
mod visible;

mod catalog;
mod crm;
mod documents;
mod files;
mod identity;
mod licensing;
mod notifications;
mod organizations;
mod platform;
mod purchasing;
mod scheduling;
mod support;

use std::sync::Arc;

use axum::{
    Extension, Router, extract::DefaultBodyLimit, middleware::from_fn_with_state, routing::any,
};

pub use analytics::run_replays;
pub use app::App;
pub use asyncapi::asyncapi;
pub use auth::{IdleTimeouts, follow_credential_changes};
pub use breached_passwords::BreachedPasswords;
pub use contexts::{Contexts, version_prefixes};
pub use contracts::{EventContract, event_contracts};
pub use demonstration::{Demonstration, DemonstrationAccount, LoadedDemonstration};
pub use files::run_exports;
pub use guest_mail::{GuestCode, GuestMail};
pub use health::{Readiness, ReadinessCheck, install_metrics, internal_routes, public_routes};
use ingress::Ingress;
pub use ingress::MAX_BODY_SIZE;
pub use openapi_document::openapi;
pub use passwords::{hash_password, password_weakness, verify_password};
pub use portal::portal_routes;
pub use problem::{Problem, ProblemCode};
pub use sample::{SAMPLE_TEXTS, minimal_sample, sample};
pub use settings::Settings;
pub use tokens::{ACCESS_TOKEN_LIFETIME, Claims, Tokens};

/// The router of some contexts; every other path is answered with a problem.
pub fn router(app: App, contexts: &Contexts, ingress: Ingress) -> Router {
    let versions = contexts.versions;
    let (routes, described, declared) = contexts.routes().into_parts();
    let paths = Arc::new(contexts.served_path_prefixes_with(&described));
    let described = Arc::new(described);
    let demonstration = app.demonstration.clone();
    let access = from_fn_with_state(
        (app.authenticator.clone(), Arc::new(declared)),
        access_control::require_access,
    );
    // A process that serves the pages only has none, and axum takes a layer over nothing for a mistake.
    let guarded = if routes.has_routes() { routes.route_layer(access) } else { routes };
    // The contracts of the API and the health of the process are public.
    let router = versions.iter().fold(guarded, |router, version| {
        let described = Arc::clone(&described);
        let document = move || {
            let document = openapi_document::full_document(&described, versions);
            openapi_document::document_of_version(&document, version)
        };
        router.nest(&version.path_prefix(), openapi_document::routes(document))
    });
    let router = router
        .merge(public_routes(app.readiness.clone()))
        .merge(portal_routes())
        .merge(site::routes())
        .method_not_allowed_fallback(ingress::method_not_allowed)
        .fallback_service(any(ingress::route_not_found).with_state(paths))
        .layer(DefaultBodyLimit::max(MAX_BODY_SIZE))
        .layer(from_fn_with_state((app.request_recorder.clone(), versions), audit::record_requests))
        .layer(Extension(contexts::all_lists(&app)))
        .with_state(app);
    ingress.apply_layers(router).layer(from_fn_with_state(demonstration, site::mark_demonstration))
}
