//! Read models of users, programs, sessions and sign-in.

pub mod authorization;
pub mod impersonation;
pub mod oauth_client;
pub mod preferences;
pub mod provider;
pub mod service_account;
pub mod session;
pub mod user;
pub(crate) mod user_names;

use crate::Projector;

/// The read models of this context.
pub const ALL: &[&Projector] = &[
    &authorization::PROJECTOR,
    &impersonation::PROJECTOR,
    &oauth_client::PROJECTOR,
    &preferences::PROJECTOR,
    &provider::PROJECTOR,
    &service_account::PROJECTOR,
    &session::PROJECTOR,
    &user::PROJECTOR,
];
