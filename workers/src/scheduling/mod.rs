//! What is done about appointments, and what customers are told of theirs.

mod appointment;
mod reminder;
mod time_zones;

pub use appointment::appointment_mail_worker;
pub use reminder::AppointmentReminders;
pub use time_zones::TimeZoneUpdates;
