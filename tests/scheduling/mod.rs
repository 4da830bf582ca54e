//! When what happens, with whom.

mod appointment;
mod salon;
