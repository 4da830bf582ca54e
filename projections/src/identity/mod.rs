pub mod impersonation;
pub mod service_account;
pub mod session;
pub mod user;

use crate::Projector;

/// The read models of this context.
pub const ALL: &[&Projector] = &[
    &impersonation::PROJECTOR,
    &service_account::PROJECTOR,
    &session::PROJECTOR,
    &user::PROJECTOR,
];
