//! Workers and tasks that maintain the system itself.

mod alarm;
mod erasure;
mod sweep;

pub use alarm::ParkedStreamAlarm;
pub use erasure::erase_from_replays_worker;
pub(crate) use sweep::is_clock_steady_for;
pub use sweep::{RETENTION_RULES, RetentionRule, RetentionSweep};
