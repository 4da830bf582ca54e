//! Who did what, and who was refused: the log itself, and a ledger of what is not in it.

mod ledger;
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

use chrono::{DateTime, Utc};

use crate::{App, problem::Problem, routes::Routes};
pub use ledger::keep;
pub(crate) use ledger::{Lacking, Ledger, noted};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .right(Right::Audit, routes!(trail::audit))
        .right(Right::Audit, routes!(refusals::refusals))
        .right(Right::Operations, routes!(usage::usage))
        .right(Right::Operations, routes!(parked::parked))
        .right(Right::Operations, routes!(parked::retry))
        .right(Right::Operations, routes!(parked::discard))
}

impl App {
    /// Where the log ends, and now.
    async fn head(&self) -> Result<(i64, DateTime<Utc>), Problem> {
        Ok((self.commands.lookup().store().head().await?, self.commands.now()))
    }
}
