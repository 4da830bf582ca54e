//! Endpoints of sessions: where users are signed in, and ending that.

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
        // Sessions are started and renewed by the sign-in endpoints.
        .delete(|| Command::Revoke {})
        .list::<Row>()
        .item::<Row>()
        .history()
        .routes()
}
