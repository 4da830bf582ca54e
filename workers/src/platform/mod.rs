//! What keeps the system itself in order.

mod alarm;
mod erasure;
mod sweep;

pub use alarm::Alarm;
pub use erasure::erasure;
pub use sweep::{SWEPT, Sweep, Swept};
