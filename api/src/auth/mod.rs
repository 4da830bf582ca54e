//! Sign-in, sessions and credentials of users.
//!
//! The log is the truth about who is signed in: a session is an aggregate, and events of the user can
//! end all their sessions. Short-lived data is in rows beside the log: refresh tokens (by their
//! hashes), attempts, ceremonies.

mod access_token;
mod account;
mod attempts;
mod browser;
mod ceremonies;
mod changes;
mod codes;
mod cookies;
mod devices;
mod factors;
mod idle;
mod links;
mod origin;
mod passkeys;
mod qr;
mod reauthentication;
mod refresh;
mod second_factor;
mod services;
mod session_start;
mod sessions;
mod sign_in;
mod used_proofs;
mod user_account;

use crate::{app::App, routes::Routes};

pub(crate) use account::{send_reset_link, sign_up};
pub(crate) use attempts::Bucket;
pub(crate) use browser::browser_cookies;
pub(crate) use changes::{CABINET_TREE, Changes, Dependency, Moment};
pub(crate) use cookies::{
    ACCESS, Csrf, DEVICE, SIGN_IN, device_cookie, has_session, read as read_cookie,
};
pub(crate) use factors::ENROLMENT;
pub use idle::Idle;
pub(crate) use links::{FollowLinkRequest, require_plain};
pub(crate) use origin::RequestOrigin;
pub(crate) use services::Auth;
pub(crate) use session_start::started_at;
pub(crate) use sessions::{NewSession, TokenPair};
pub(crate) use sign_in::Login;
pub(crate) use user_account::UserAccount;

pub(crate) fn routes() -> Routes {
    browser::routes()
        .merge(account::routes())
        .merge(second_factor::routes())
        .merge(passkeys::routes())
}

/// Follows the log for what credentials depend on, until it is dropped.
pub async fn follow_credential_changes(app: App) {
    app.auth.changes.keep_following(&app.db).await;
}
