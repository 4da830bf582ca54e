//! Signing in and staying so.
//!
//! The log says who is signed in: a session is an aggregate, and what ends all sessions of a user
//! is an event of the user. Beside it stand rows that come and go: refresh tokens, by their
//! hashes.

mod account;
mod attempts;
mod browser;
mod changes;
mod cookies;
mod devices;
mod factors;
mod idle;
mod known;
mod origin;
mod passkeys;
mod refresh;
mod second_factor;
mod sessions;
mod sign_in;
mod used;

use std::time::Duration;

use crate::routes::Routes;

pub(crate) use attempts::Attempts;
pub use changes::watch;
pub(crate) use changes::{Changes, Dependency, Moment, TREE};
pub(crate) use cookies::{ACCESS, Csrf, DEVICE, device, read as cookie};
pub(crate) use devices::Devices;
pub(crate) use factors::ENROLMENT;
pub use idle::Idle;
pub(crate) use known::Known;
pub(crate) use origin::From;
pub(crate) use passkeys::webauthn;
pub(crate) use refresh::RefreshTokens;
pub(crate) use sessions::{Entry, Pair, began, ended};
pub(crate) use sign_in::Login;

/// Who is not let in, or asks for something by mail, hears so after this time, whatever there was
/// to do: how long it took tells nothing.
pub(crate) const THINKING: Duration = Duration::from_millis(400);

pub(crate) fn routes() -> Routes {
    browser::routes()
        .merge(account::routes())
        .merge(second_factor::routes())
        .merge(passkeys::routes())
}
