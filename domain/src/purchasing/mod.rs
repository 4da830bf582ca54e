//! Orders of external purchase systems.

pub mod feed;
mod ids;
pub mod purchase;
pub mod purchase_event;

pub use ids::{PurchaseEventId, PurchaseId};
