//! What was bought elsewhere.

mod ingest;
mod purchase;
mod purchase_event;

use utoipa_axum::router::OpenApiRouter;

use crate::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    ingest::routes().merge(purchase::routes()).merge(purchase_event::routes())
}
