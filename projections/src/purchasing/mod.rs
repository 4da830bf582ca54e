//! Read models of purchases from external systems.

pub mod purchase;
pub mod purchase_event;
pub mod reconciliation;

use crate::Projector;

/// The read models of this context.
pub const ALL: &[&Projector] = &[&purchase::PROJECTOR, &purchase_event::PROJECTOR];
