//! Read models of the catalogue.

pub mod product;

use crate::Projector;

/// The read models of this context.
pub const ALL: &[&Projector] = &[&product::PROJECTOR];
