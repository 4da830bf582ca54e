//! What the audit trail tells of something that was done, and where in the trail that is.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{history::EventMetadata, problem::Problem};

/// Something that was done.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(super) struct Entry {
    #[serde(skip)]
    pub(super) place: Place,
    #[serde(flatten)]
    pub(super) metadata: EventMetadata,
    /// The kind of thing it was done to: `crm.customer`. The history of the thing says more.
    pub(super) topic: String,
    /// All zeros, if there is no such thing: nobody was let in.
    pub(super) id: Uuid,
    /// The command that led to it.
    pub(super) command: Uuid,
    /// Of who signed in, or tried to: from where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) network: Option<String>,
}

/// A place in the trail: after an event, or after one of the failures that followed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Of the event.
    pub(super) position: i64,
    /// Of the failure; 0 is the event itself.
    pub(super) failure: i64,
}

impl Place {
    /// Before everything, seen from the newest.
    pub(super) const NEWEST: Self = Self { position: i64::MAX, failure: i64::MAX };

    /// As a cursor says it: `17`, or `17.3`.
    pub(super) fn read(cursor: &str) -> Result<Self, Problem> {
        let (position, failure) = cursor.split_once('.').unwrap_or((cursor, "0"));
        let place = position.parse().ok().zip(failure.parse().ok());
        let place = place.map(|(position, failure)| Self { position, failure });
        place.ok_or_else(|| Problem::invalid("cursor", "is none that was given out"))
    }

    /// Only events before this position come after it.
    pub(super) fn before(self) -> Option<i64> {
        match self {
            Self { position: i64::MAX, .. } => None,
            Self { position, failure: 0 } => Some(position),
            Self { position, .. } => Some(position.saturating_add(1)),
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self { position, failure: 0 } => write!(f, "{position}"),
            Self { position, failure } => write!(f, "{position}.{failure}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written() {
        for place in [Place { position: 7, failure: 0 }, Place { position: 7, failure: 3 }] {
            assert_eq!(Place::read(&place.to_string()).unwrap(), place);
        }
        assert!(Place::read("x").is_err() && Place::read("1.2.3").is_err());
        let places =
            [(7, 3), (7, 0), (6, 9)].map(|(position, failure)| Place { position, failure });
        assert!(places.is_sorted_by(|newer, older| newer > older));
        assert_eq!(places.map(Place::before), [Some(8), Some(7), Some(7)]);
    }
}
