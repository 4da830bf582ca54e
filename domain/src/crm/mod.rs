//! Whom the business knows.

pub mod customer;
