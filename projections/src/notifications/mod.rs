//! Read models of notifications.

pub mod notification;
pub mod preferences;

use crate::Projector;

/// The read models of this context.
pub const ALL: &[&Projector] = &[&notification::PROJECTOR, &preferences::PROJECTOR];
