//! Commands of appointments, resources and services.

mod appointment;
mod resource;
mod service;

/// What the signed links to appointments of guests are for.
pub const GUEST_LINK: &str = "appointment";
