//! Workers of analytics.

mod replay;

pub use replay::{ReplayExpiry, replay_deletion_worker};
