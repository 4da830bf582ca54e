//! When what happens, with whom.

pub mod appointment;
pub mod resource;
pub mod service;
