//! Where replays are found, asked for and dropped.

mod run;

use commands::policy::Right;
use domain::analytics::replay::{Command, CommandKind, Replay};
use projections::{
    analytics::replay::{self, REPLAYS},
    listing::Listing,
};

pub use self::run::run_replays;
use crate::{resource::resource, routes::Routes, visible::Visible};

impl Visible for Replay {
    const READ_RIGHT: Right = Right::Replays;
    const LISTING: &'static Listing = &REPLAYS;
}

pub(super) fn routes() -> Routes {
    resource::<Replay>("/replays")
        .create(CommandKind::Request)
        .delete(|| Command::Drop {})
        .list::<replay::Replay>()
        .item::<replay::Replay>()
        .history()
        .routes()
}
