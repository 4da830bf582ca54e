//! Appointments, availability and time zones.

mod appointment;
pub(crate) mod salon;
mod zones;
