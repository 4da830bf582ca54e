//! Services, the resources they need, and appointments.

pub mod appointment;
mod availability;
mod ids;
mod local;
mod period;
mod plan;
pub mod resource;
pub mod service;
pub mod slot;

pub use crate::OpeningHours;
pub use availability::{Availability, AvailabilityException, LocalTimeRange};
pub use local::Moment;
pub use period::Period;
pub use plan::{Plan, Stretch};

pub use ids::{AppointmentId, ResourceId, ServiceId};
