//! Requests for help and their discussion.

mod ids;
pub mod issue;

pub use ids::{CommentId, IssueId};
