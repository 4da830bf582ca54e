//! Read models of customers.

pub mod customer;

use crate::Projector;

/// The read models of this context.
pub const ALL: &[&Projector] = &[&customer::PROJECTOR];
