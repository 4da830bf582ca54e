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

use utoipa_axum::{router::OpenApiRouter, routes};

use chrono::{DateTime, Utc};

use crate::{App, problem::Problem};
pub use ledger::keep;
pub(crate) use ledger::{Lacking, Ledger, noted};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(trail::audit))
        .routes(routes!(refusals::refusals))
        .routes(routes!(usage::usage))
        .routes(routes!(parked::parked))
        .routes(routes!(parked::retry))
        .routes(routes!(parked::discard))
}

impl App {
    /// Where the log ends, and now.
    async fn head(&self) -> Result<(i64, DateTime<Utc>), Problem> {
        Ok((self.commands.lookup().store().head().await?, self.commands.now()))
    }
}
