//! The read side by itself, with a read model that has a bit of everything.

mod every;
mod keeping;
pub(crate) mod library;
mod listing;
mod parking;
mod rebuilding;
