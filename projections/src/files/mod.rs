//! Read models of files.

pub mod file;

use crate::Projector;

/// The read models of this context.
pub const ALL: &[&Projector] = &[&file::PROJECTOR];
