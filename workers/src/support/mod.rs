//! Reactions for issues.

mod continuation;

pub use continuation::continuation_worker;
