//! Read models of files.

pub mod export;
pub mod file;
pub mod saved_export;

use crate::Projector;

/// The read models of this context.
pub const ALL: &[&Projector] = &[&export::PROJECTOR, &file::PROJECTOR, &saved_export::PROJECTOR];
