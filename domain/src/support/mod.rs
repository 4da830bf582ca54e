//! Who needs help, and what was said.

mod ids;
pub mod issue;

pub use ids::{CommentId, IssueId};
