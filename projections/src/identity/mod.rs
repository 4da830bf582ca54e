pub mod user;

use crate::Projector;

/// The read models of this context.
pub const ALL: &[&Projector] = &[&user::PROJECTOR];
