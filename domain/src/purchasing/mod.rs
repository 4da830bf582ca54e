//! What was bought elsewhere.

pub mod purchase;
pub mod purchase_event;
