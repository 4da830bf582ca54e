//! Read models of organisations and their members.

pub mod cabinet;
pub mod invitation;
pub mod membership;

use crate::Projector;

/// The read models of this context.
pub const ALL: &[&Projector] =
    &[&cabinet::PROJECTOR, &invitation::PROJECTOR, &membership::PROJECTOR];
