//! The read side by itself, with a small aggregate of its own.

mod all_models;
mod catching_up;
pub(crate) mod library;
mod listing;
mod parking;
mod rebuilding;
