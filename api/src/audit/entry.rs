//! An entry of the audit trail, and the cursor by which the trail is paged.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{history::EventMetadata, problem::Problem};

/// An entry of the audit trail: an event, or a failed sign-in.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditEntry {
    #[serde(skip)]
    pub(super) cursor: AuditCursor,
    #[serde(flatten)]
    pub(super) metadata: EventMetadata,
    /// The kind of the aggregate: `crm.customer`. Its history has the details.
    pub(super) topic: String,
    /// The aggregate's id; all zeros for a failed sign-in.
    pub(super) id: Uuid,
    /// The command that caused it.
    pub(super) command: Uuid,
    /// For sign-ins: the network from which they came.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) network: Option<String>,
}

/// A place in the trail: after an event, or after one of the failed sign-ins that followed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct AuditCursor {
    /// The event's position in the log.
    pub(super) position: i64,
    /// The id of the failed sign-in; 0 stands for the event itself.
    pub(super) failure: i64,
}

impl AuditCursor {
    /// The start of the trail: every entry is older.
    pub(super) const NEWEST: Self = Self { position: i64::MAX, failure: i64::MAX };

    /// Reads `17`, or `17.3`.
    pub(super) fn parse(cursor: &str) -> Result<Self, Problem> {
        let (position, failure) = cursor.split_once('.').unwrap_or((cursor, "0"));
        let parts = position.parse().ok().zip(failure.parse().ok());
        let parsed = parts.map(|(position, failure)| Self { position, failure });
        parsed.ok_or_else(|| Problem::invalid("cursor", "is none that was given out"))
    }

    /// The log position before which the next events of the trail lie; none at the start.
    pub(super) fn events_before(self) -> Option<i64> {
        match self {
            Self { position: i64::MAX, .. } => None,
            Self { position, failure: 0 } => Some(position),
            Self { position, .. } => Some(position.saturating_add(1)),
        }
    }
}

impl std::fmt::Display for AuditCursor {
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
    fn a_cursor_is_parsed_as_it_is_written() {
        for cursor in
            [AuditCursor { position: 7, failure: 0 }, AuditCursor { position: 7, failure: 3 }]
        {
            assert_eq!(AuditCursor::parse(&cursor.to_string()).unwrap(), cursor);
        }
        assert!(AuditCursor::parse("x").is_err() && AuditCursor::parse("1.2.3").is_err());
        let cursors =
            [(7, 3), (7, 0), (6, 9)].map(|(position, failure)| AuditCursor { position, failure });
        assert!(cursors.is_sorted_by(|newer, older| newer > older));
        assert_eq!(cursors.map(AuditCursor::events_before), [Some(8), Some(7), Some(7)]);
    }
}
