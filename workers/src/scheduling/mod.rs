//! Tasks for appointments.

mod time_zones;

pub use time_zones::TimeZoneUpdates;
