//! What keeps the system itself in order.

mod alarm;
mod sweep;

pub use alarm::Alarm;
pub use sweep::{SWEPT, Sweep, Swept};
