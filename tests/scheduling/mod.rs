//! When what happens, with whom.

mod appointment;
pub(crate) mod salon;
mod zones;
