use commands::policy::Right;
use domain::identity::session::{Command, Session};
use projections::{
    identity::session::{SESSIONS, Session as Row},
    listing::Listing,
};
use utoipa_axum::router::OpenApiRouter;

use crate::{App, resource::resource, visible::Visible};

impl Visible for Session {
    const SEEN: Right = Right::Sessions;
    const LISTING: &'static Listing = &SESSIONS;
}

pub(super) fn routes() -> OpenApiRouter<App> {
    resource::<Session>("/auth/sessions")
        // A session begins by signing in, and what is wrong with one is found there.
        .without(&["start", "revoke", "detect_reuse"])
        .delete(|| Command::Revoke {})
        .list::<Row>()
        .item::<Row>()
        .history()
        .routes()
}
