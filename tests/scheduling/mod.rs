//! Appointments, availability and time zones.

mod appointment;
mod mails;
pub(crate) mod salon;
mod zones;
