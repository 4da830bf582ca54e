//! An event with what the store adds to it: position, version, time and metadata.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

/// An event as it was recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded<E> {
    /// Its place in the order of everything that ever happened, from 1, without gaps.
    pub position: i64,
    /// What kind of aggregate it happened to: its [`NAME`](crate::Decider::NAME).
    pub stream: String,
    /// Which one of them.
    pub id: Uuid,
    /// Its place in that one's own history, from 1, without gaps.
    pub version: i32,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    pub meta: Meta,
    pub event: E,
}

/// An event as it lies in the store and travels on the bus: named, its data not yet read.
#[derive(Debug, Clone)]
pub struct RawEvent {
    /// As in [`Recorded`].
    pub position: i64,
    pub stream: String,
    pub id: Uuid,
    pub version: i32,
    /// Its name on the wire: `CustomerCreated`.
    pub kind: String,
    /// The shape of its data, from 1; see [`Upcaster`](crate::Upcaster).
    pub schema: i16,
    /// A JSON object. What is personal in it is sealed.
    pub data: Box<RawValue>,
    pub meta: Meta,
    pub recorded_at: DateTime<Utc>,
}

impl<E> Recorded<E> {
    /// The event's own id, which `Meta::causation` of later events refers to.
    pub fn event_id(&self) -> Uuid {
        let place = format!("{}/{}/{}", self.stream, self.id, self.version);
        Uuid::new_v5(&Uuid::NAMESPACE_OID, place.as_bytes())
    }
}

/// Who caused an event, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// Who gave the command.
    pub actor: Uuid,
    /// In whose name, if not in the actor's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<Uuid>,
    /// The command; all its events share it.
    pub command: Uuid,
    /// The request or external event that started the whole chain.
    pub correlation: Uuid,
    /// The event that made a worker give the command, by its [`event_id`](Recorded::event_id).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation: Option<Uuid>,
    /// When it is true, if that is not when it was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<DateTime<Utc>>,
    /// W3C `traceparent` of the request that it began with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// The people whose keys seal something in the event.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<Uuid>,
}

impl Meta {
    /// The correlation of all that was taken over from elsewhere.
    pub const IMPORT_CORRELATION: Uuid = Uuid::from_u128(0x1f3c_9b54_07de_4a68_9c2e_5d1b_80a7_64f2);

    /// Whether it was taken over from elsewhere, so that nobody is to be told of it.
    pub fn is_imported(&self) -> bool {
        self.correlation == Self::IMPORT_CORRELATION
    }
}
