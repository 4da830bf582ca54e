//! What is done about appointments, and what guests are told of theirs.

mod guest;
mod time_zones;

pub use guest::guest_worker;
pub use time_zones::TimeZoneUpdates;
