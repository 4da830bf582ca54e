//! The event store by itself, with an aggregate that uses claims, counters and personal data.

mod append;
mod integrity;
mod lease;
mod seat;
mod transaction;
