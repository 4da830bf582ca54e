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

mod api_key;
mod app;
mod ask;
mod blame;
mod caller;
mod contracts;
mod describe;
mod document;
mod given;
mod history;
mod layers;
mod operations;
mod orders;
mod passwords;
mod problem;
mod reads;
mod resource;
mod sample;
mod session;
#[cfg(test)]
mod tests;
mod tokens;
mod trace;

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

use axum::{Router, extract::DefaultBodyLimit, middleware::from_fn_with_state};
use tower::Layer;
use tower_http::normalize_path::NormalizePathLayer;
use utoipa_axum::router::OpenApiRouter;

pub use app::{App, Check, Settings};
pub use contracts::{EventContract, events};
pub use document::openapi;
pub use operations::install_metrics;
pub use problem::Problem;
pub use sample::{WORDS, sample};
pub use tokens::{Claims, LIFETIME, Tokens};

/// The largest body that is read, in bytes.
const LARGEST: usize = 2 << 20;

/// Everything this crate answers, and a problem for everything else.
pub fn router(app: App) -> Router {
    let (v1, _) = OpenApiRouter::default().nest("/api/v1", v1()).split_for_parts();
    assembled(app, v1)
}

fn assembled(app: App, v1: Router<App>) -> Router {
    let router = v1
        .nest("/api/v1", document::routes())
        .merge(operations::routes())
        .fallback(layers::nowhere)
        .method_not_allowed_fallback(layers::not_so)
        .layer(DefaultBodyLimit::max(LARGEST))
        .layer(from_fn_with_state(app.clone(), layers::around))
        .with_state(app);
    // `/customers/` is `/customers`, without a redirect.
    Router::new().fallback_service(NormalizePathLayer::trim_trailing_slash().layer(router))
}

/// A page of routes for each context.
fn v1() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .merge(session::routes())
        .merge(catalog::routes())
        .merge(crm::routes())
        .merge(identity::routes())
        .merge(licensing::routes())
        .merge(notifications::routes())
        .merge(organizations::routes())
        .merge(platform::routes())
        .merge(purchasing::routes())
        .merge(scheduling::routes())
        .merge(support::routes())
}
