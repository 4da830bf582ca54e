//! Reactions for issues.

mod continuation;

pub use continuation::issue_continuation_worker;
