//! The event store by itself, with an aggregate that has a bit of everything.

mod append;
mod lease;
mod integrity;
mod seat;
