//! Where everything is put together: one executable, whose arguments decide which process it is.
//!
//! [`cli`] is what a person types, [`config`] what can be set, [`engines`] the servers underneath.

pub mod config;
pub mod engines;
pub mod telemetry;
