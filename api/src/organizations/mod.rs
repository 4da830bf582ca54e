//! Cabinets: the client organisations.

mod cabinet;

use utoipa_axum::router::OpenApiRouter;

use crate::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    cabinet::routes()
}
