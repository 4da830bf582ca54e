//! What was bought elsewhere.

pub mod feed;
pub mod purchase;
pub mod purchase_event;
