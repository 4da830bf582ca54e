//! Requests for help and their discussion.

mod ids;
pub mod issue;
pub mod r#macro;

pub use ids::{CommentId, IssueId, MacroId};
