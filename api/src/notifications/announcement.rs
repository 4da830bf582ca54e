//! Where announcements are made, and what was announced.

use commands::policy::Right;
use domain::notifications::announcement::{Announcement, Command, CommandKind};
use projections::{
    listing::Listing,
    notifications::announcement::{self, ANNOUNCEMENTS},
};

use crate::{resource::resource, routes::Routes, visible::Visible};

impl Visible for Announcement {
    const READ_RIGHT: Right = Right::Announcements;
    const LISTING: &'static Listing = &ANNOUNCEMENTS;
}

pub(super) fn routes() -> Routes {
    resource::<Announcement>("/announcements")
        .create_at("/notifications", CommandKind::Publish)
        .delete(|| Command::Withdraw {})
        .commands(&[CommandKind::Withdraw])
        .list::<announcement::Announcement>()
        .item::<announcement::Announcement>()
        .history()
        .routes()
}
