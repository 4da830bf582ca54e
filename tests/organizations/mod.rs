//! Organisations.

mod acting;
mod cabinet;
mod invitation;
mod membership;
