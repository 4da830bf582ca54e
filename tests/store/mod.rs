//! The event store by itself, with an aggregate that has a bit of everything.

mod append;
mod integrity;
mod lease;
mod seat;
