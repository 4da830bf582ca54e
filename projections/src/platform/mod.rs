//! The read model of the business itself.

pub mod business;

use crate::Projector;

/// The read models of this context.
pub const ALL: &[&Projector] = &[&business::PROJECTOR];
