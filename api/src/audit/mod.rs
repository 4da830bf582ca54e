//! The audit trail, refused requests, what was taken away as a file, usage of API versions, and parked streams.

mod entry;
mod export_record;
#[expect(unused_qualifications, reason = "utoipa writes the path of parameters out")]
mod exports;
mod middleware;
#[expect(unused_qualifications, reason = "utoipa writes the path of parameters out")]
mod parked;
#[expect(unused_qualifications, reason = "utoipa writes the path of parameters out")]
mod refusals;
mod request_ledger;
mod rows;
mod sign_ins;
#[expect(unused_qualifications, reason = "utoipa writes the path of parameters out")]
mod trail;
mod usage;

use commands::policy::Right;
use utoipa_axum::routes;

use crate::{App, routes::Routes};
pub(crate) use export_record::record_export;
pub(crate) use middleware::record_requests;
pub(crate) use request_ledger::RequestLedger;

/// Writes request counts and refusals to the database until `stop`, and a last time then.
pub async fn run_request_ledger(app: App, stop: impl Future<Output = ()> + Send) {
    app.ledger.flush_until(&app.db, stop).await;
}

pub(crate) fn routes() -> Routes {
    Routes::default()
        .guarded(Right::Audit, routes!(trail::list_entries))
        .guarded(Right::Audit, routes!(refusals::list_refusals))
        .guarded(Right::Audit, routes!(exports::list_exports))
        .guarded(Right::Operations, routes!(usage::list_usage))
        .guarded(Right::Operations, routes!(parked::list_parked))
        .guarded(Right::Operations, routes!(parked::retry))
        .guarded(Right::Operations, routes!(parked::discard))
}
