//! Where an appointment stands.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::macros::display_as_serialized;

/// Where an appointment stands (SCH-7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AppointmentStatus)]
pub enum Status {
    /// Kept free for a while; nothing is booked.
    Held,
    /// Was held and given back.
    Released,
    /// Waits for an employee to confirm it.
    Pending,
    Confirmed,
    Started,
    Completed,
    Cancelled,
    Declined,
    NoShow,
}

display_as_serialized!(Status);

impl Status {
    /// Whether it is still to come or going on.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Pending | Self::Confirmed | Self::Started)
    }
}
