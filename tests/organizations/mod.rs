//! Organisations.

mod acting;
mod cabinet;
mod membership;
