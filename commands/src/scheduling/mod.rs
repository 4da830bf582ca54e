//! When what happens, and with whom.

mod appointment;
mod resource;
mod service;
