//! Workers and tasks that maintain the system itself.

mod alarm;
mod erasure;
mod sweep;

pub use alarm::Alarm;
pub use erasure::erasure_worker;
pub use sweep::{RETENTION_RULES, RetentionRule, Sweep};
