//! The write side: who may ask, what must be looked up first, and the event store.

pub mod policy;
