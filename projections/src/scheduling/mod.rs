//! Read models of appointments, and queries for free slots.

pub mod appointment;
pub mod resource;
pub mod schedule;
pub mod service;
pub mod slot;

use crate::Projector;

/// The read models of this context.
pub const ALL: &[&Projector] =
    &[&appointment::PROJECTOR, &resource::PROJECTOR, &service::PROJECTOR];
