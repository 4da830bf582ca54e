//! Organisations.

pub mod cabinet;

use crate::Projector;

/// The read models of this context.
pub const ALL: &[&Projector] = &[&cabinet::PROJECTOR];
