//! Routes of purchasing: ingestion of purchase messages, purchases, parked messages, reconciliation.

mod ingest;
mod purchase;
mod purchase_event;
#[expect(unused_qualifications, reason = "utoipa writes the path of parameters out")]
mod reconciliation;

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    ingest::routes()
        .merge(purchase::routes())
        .merge(purchase_event::routes())
        .merge(reconciliation::routes())
}
