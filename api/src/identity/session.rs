use commands::policy::Right;
use domain::identity::session::{Command, Session};
use projections::{
    identity::session::{SESSIONS, Session as Row},
    listing::Listing,
};

use crate::{resource::resource, routes::Routes, visible::Visible};

impl Visible for Session {
    const READ_RIGHT: Right = Right::Sessions;
    const LISTING: &'static Listing = &SESSIONS;
}

pub(super) fn routes() -> Routes {
    resource::<Session>("/auth/sessions")
        // A session begins by signing in, and what is wrong with one is found there.
        .delete(|| Command::Revoke {})
        .list::<Row>()
        .item::<Row>()
        .history()
        .routes()
}
