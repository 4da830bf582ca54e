//! Commands of purchases from external systems.

pub mod ingest;
mod purchase;
mod purchase_event;
