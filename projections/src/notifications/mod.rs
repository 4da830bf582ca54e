//! Read models of notifications.

pub mod announcement;
pub mod notification;
pub mod preferences;

use crate::Projector;

/// The read models of this context.
pub const ALL: &[&Projector] =
    &[&announcement::PROJECTOR, &notification::PROJECTOR, &preferences::PROJECTOR];
