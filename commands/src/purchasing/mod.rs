pub mod ingest;
mod purchase;
mod purchase_event;

use domain::purchasing::{purchase::Purchase, purchase_event::PurchaseEvent};

use crate::ForEach;

pub(crate) fn for_each(each: &mut impl ForEach) {
    each.aggregate::<Purchase>();
    each.aggregate::<PurchaseEvent>();
}
