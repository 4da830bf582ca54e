//! What was bought elsewhere.

pub mod ingest;
mod purchase;
mod purchase_event;
