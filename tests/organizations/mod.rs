//! Organisations.

mod cabinet;
mod membership;
