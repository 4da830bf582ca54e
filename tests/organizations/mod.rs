//! Organisations.

mod cabinet;
