//! What is sold.

pub mod product;

use crate::Projector;

/// The read models of this context.
pub const ALL: &[&Projector] = &[&product::PROJECTOR];
