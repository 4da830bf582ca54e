//! Read models of issues.

pub mod issue;
pub mod issue_client;

use crate::Projector;

/// The read models of this context.
pub const ALL: &[&Projector] = &[&issue::PROJECTOR, &issue_client::PROJECTOR];
