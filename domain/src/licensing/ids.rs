//! The ids of this context, by which the others name what is in it. An id knows nothing of what it
//! identifies: the type only keeps one kind from being taken for another.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::license::License;
use crate::{Id, purchasing::PurchaseId};

pub type LicenseId = Id<License>;

/// A part of an order that a licence was issued for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Origin)]
pub struct LicenseOrigin {
    pub purchase: PurchaseId,
    /// The line of the order.
    pub line: u16,
    /// Which one of the licences of that line, from 0.
    pub unit: u32,
}

impl LicenseId {
    /// The licence of that part of an order: issued again, it is this one.
    pub fn from_origin(origin: &LicenseOrigin) -> Self {
        let LicenseOrigin { purchase, line, unit } = origin;
        Self::derived(&["license", &purchase.to_string(), &line.to_string(), &unit.to_string()])
    }
}
