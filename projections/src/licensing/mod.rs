//! Who may use what, until when.

pub mod license;

use crate::Projector;

/// The read models of this context.
pub const ALL: &[&Projector] = &[&license::PROJECTOR];
