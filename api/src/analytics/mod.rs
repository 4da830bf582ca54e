//! Routes of analytics: replays.

mod replay;

use crate::routes::Routes;

pub use replay::run_replays;

pub(crate) fn routes() -> Routes {
    replay::routes()
}
