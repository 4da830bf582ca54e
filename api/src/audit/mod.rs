//! The audit trail, refused requests, usage of API versions, and parked streams.

mod entry;
mod middleware;
#[expect(unused_qualifications, reason = "utoipa writes the path of parameters out")]
mod parked;
#[expect(unused_qualifications, reason = "utoipa writes the path of parameters out")]
mod refusals;
mod request_ledger;
mod sign_ins;
#[expect(unused_qualifications, reason = "utoipa writes the path of parameters out")]
mod trail;
mod usage;

use commands::policy::Right;
use utoipa_axum::routes;

use crate::{App, routes::Routes};
pub(crate) use middleware::record_requests;
pub(crate) use request_ledger::RequestLedger;

/// Writes request counts and refusals to the database until `stop`, and a last time then.
pub async fn run_ledger(app: App, stop: impl Future<Output = ()> + Send) {
    app.ledger.run(&app.db, stop).await;
}

pub(crate) fn routes() -> Routes {
    Routes::default()
        .right(Right::Audit, routes!(trail::list_entries))
        .right(Right::Audit, routes!(refusals::list_refusals))
        .right(Right::Operations, routes!(usage::list_usage))
        .right(Right::Operations, routes!(parked::list_parked))
        .right(Right::Operations, routes!(parked::retry))
        .right(Right::Operations, routes!(parked::discard))
}
