//! Read models of analytics.

pub mod replay;

use crate::Projector;

/// The read models of this context.
pub const ALL: &[&Projector] = &[&replay::PROJECTOR];
