//! What was bought elsewhere.

mod ingest;
mod purchase;
mod purchase_event;
#[expect(unused_qualifications, reason = "utoipa writes the path of parameters out")]
mod reconciliation;

use utoipa_axum::router::OpenApiRouter;

use crate::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    ingest::routes()
        .merge(purchase::routes())
        .merge(purchase_event::routes())
        .merge(reconciliation::routes())
}
