//! Whether the pages are those of the demonstration.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

use crate::demonstration::LoadedDemonstration;

tokio::task_local! {
    static IS_DEMONSTRATION: bool;
}

/// The middleware by which every page knows it.
pub(crate) async fn mark_demonstration(
    State(demonstration): State<LoadedDemonstration>,
    request: Request,
    next: Next,
) -> Response {
    IS_DEMONSTRATION.scope(demonstration.get().is_some(), next.run(request)).await
}

/// Whether the answer to this request is of the demonstration.
pub(super) fn is_demonstration() -> bool {
    IS_DEMONSTRATION.try_with(|is| *is).unwrap_or_default()
}
