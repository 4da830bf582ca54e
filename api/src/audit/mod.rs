//! Who did what, and who was refused: the log itself, and a ledger of what is not in it.

mod entry;
mod ledger;
mod noted;
#[expect(unused_qualifications, reason = "utoipa writes the path of parameters out")]
mod parked;
#[expect(unused_qualifications, reason = "utoipa writes the path of parameters out")]
mod refusals;
mod sign_ins;
#[expect(unused_qualifications, reason = "utoipa writes the path of parameters out")]
mod trail;
mod usage;

use commands::policy::Right;
use utoipa_axum::routes;

use crate::{App, routes::Routes};
pub(crate) use ledger::Ledger;
pub(crate) use noted::noted;

/// Writes down what was noted of requests, until `stop` and once more.
pub async fn keep(app: App, stop: impl Future<Output = ()> + Send) {
    app.ledger.keep(&app.db, stop).await;
}

pub(crate) fn routes() -> Routes {
    Routes::default()
        .right(Right::Audit, routes!(trail::audit))
        .right(Right::Audit, routes!(refusals::refusals))
        .right(Right::Operations, routes!(usage::usage))
        .right(Right::Operations, routes!(parked::parked))
        .right(Right::Operations, routes!(parked::retry))
        .right(Right::Operations, routes!(parked::discard))
}
