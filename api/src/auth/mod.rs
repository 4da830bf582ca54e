//! Signing in and staying so.
//!
//! The log says who is signed in: a session is an aggregate, and what ends all sessions of a user
//! is an event of the user. Beside it stand rows that come and go: refresh tokens, by their
//! hashes.

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
mod parts;
mod passkeys;
mod reauthentication;
mod refresh;
mod second_factor;
mod session_start;
mod sessions;
mod sign_in;
mod used;
mod user_account;

use crate::{app::App, routes::Routes};

pub(crate) use changes::{CABINET_TREE, Changes, Dependency, Moment};
pub(crate) use cookies::{ACCESS, Csrf, DEVICE, device_cookie, read as read_cookie};
pub(crate) use factors::ENROLMENT;
pub use idle::Idle;
pub(crate) use origin::RequestOrigin;
pub(crate) use parts::Auth;
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
pub async fn watch(app: App) {
    app.auth.changes.watch(&app.db).await;
}
