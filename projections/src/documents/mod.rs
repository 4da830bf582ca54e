//! Read models of documents.

pub mod template;

use crate::Projector;

/// The read models of this context.
pub const ALL: &[&Projector] = &[&template::PROJECTOR];
