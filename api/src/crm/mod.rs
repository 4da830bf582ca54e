//! Whom the business knows.

mod customer;

use utoipa_axum::router::OpenApiRouter;

use crate::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    customer::routes()
}
