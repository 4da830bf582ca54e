//! The ids of this context, by which the others name what is in it. An id knows nothing of what it
//! identifies: the type only keeps one kind from being taken for another.

use uuid::Uuid;

use super::{purchase::Purchase, purchase_event::PurchaseEvent};
use crate::{Id, Text};

pub type PurchaseId = Id<Purchase>;
pub type PurchaseEventId = Id<PurchaseEvent>;

impl PurchaseId {
    /// The order of that number in that purchase system.
    pub fn from_order_number(source: &Text<200>, order: &Text<100>) -> Self {
        Self::derived(&["purchase", source.as_str(), order.as_str()])
    }
}

impl PurchaseEventId {
    /// The same message, parked again, is this one.
    pub fn from_message(source: &str, event: &str, fingerprint: Uuid) -> Self {
        Self::derived(&["parked", source, event, &fingerprint.to_string()])
    }
}
