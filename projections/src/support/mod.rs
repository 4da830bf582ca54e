//! Read models of issues.

pub mod issue;
pub mod issue_client;
pub mod r#macro;

use crate::Projector;

/// The read models of this context.
pub const ALL: &[&Projector] = &[&issue::PROJECTOR, &issue_client::PROJECTOR, &r#macro::PROJECTOR];
