//! Read models of notifications.

pub mod notification;

use crate::Projector;

/// The read models of this context.
pub const ALL: &[&Projector] = &[&notification::PROJECTOR];
