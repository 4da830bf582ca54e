//! Whom the business knows.

mod customer;
