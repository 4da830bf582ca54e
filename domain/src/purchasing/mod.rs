//! What was bought elsewhere.

pub mod feed;
mod ids;
pub mod purchase;
pub mod purchase_event;

pub use ids::{PurchaseEventId, PurchaseId};
