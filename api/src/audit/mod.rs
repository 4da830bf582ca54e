//! The audit trail, refused requests, what was taken away as a file, usage of API versions, and parked streams.

mod download_record;
mod entry;
#[expect(unused_qualifications, reason = "utoipa writes the path of parameters out")]
mod exports;
mod middleware;
#[expect(unused_qualifications, reason = "utoipa writes the path of parameters out")]
mod parked;
#[expect(unused_qualifications, reason = "utoipa writes the path of parameters out")]
mod refusals;
mod request_recorder;
mod rows;
mod sign_ins;
#[expect(unused_qualifications, reason = "utoipa writes the path of parameters out")]
mod trail;
mod usage;

use commands::policy::Right;
use utoipa_axum::routes;

use crate::{App, routes::Routes};
pub(crate) use download_record::record_download;
pub(crate) use middleware::record_requests;
pub(crate) use request_recorder::RequestRecorder;

/// Writes request counts and refusals to the database until `stop`, and a last time then.
pub async fn run_request_recorder(app: App, stop: impl Future<Output = ()> + Send) {
    app.request_recorder.flush_until(&app.db, stop).await;
}

pub(crate) fn routes() -> Routes {
    Routes::default()
        .guarded(Right::Audit, routes!(trail::list_entries))
        .guarded(Right::Audit, routes!(refusals::list_denied_requests))
        .guarded(Right::Audit, routes!(exports::list_downloads))
        .guarded(Right::Operations, routes!(usage::list_usage))
        .guarded(Right::Operations, routes!(parked::list_parked))
        .guarded(Right::Operations, routes!(parked::retry))
        .guarded(Right::Operations, routes!(parked::discard))
}
