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
mod codes;
mod cookies;
mod credential_changes;
mod devices;
mod idle_timeouts;
mod links;
mod mfa_policy;
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
pub(crate) use attempts::{AttemptLimiter, Bucket};
pub(crate) use browser::browser_cookies;
pub(crate) use cookies::{
    ACCESS_COOKIE, CsrfTokens, DEVICE_COOKIE, SIGN_IN_COOKIE, device_cookie, has_session_cookie,
    read_cookie,
};
pub(crate) use credential_changes::{CABINET_TREE, CredentialChanges, Dependency, LogPosition};
pub use idle_timeouts::IdleTimeouts;
pub(crate) use links::{FollowLinkRequest, require_deliverable_email};
pub(crate) use mfa_policy::ENROLMENT_SCOPE;
pub(crate) use origin::RequestOrigin;
pub(crate) use services::AuthServices;
pub(crate) use session_start::started_at;
pub(crate) use sessions::{IssuedTokens, NewSession};
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
    app.auth.changes.follow_log(&app.db).await;
}
