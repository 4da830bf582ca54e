//! Commands of appointments, resources and services, and what customers are told of their appointments.

mod appointment;
mod details;
mod resource;
mod service;

pub use details::{AppointmentDetails, CalendarInvitation};

/// What the signed links to appointments of guests are for.
pub const GUEST_LINK_PURPOSE: &str = "appointment";
