//! Rules that span aggregates: one account per e-mail, one customer per chair.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Something that an aggregate holds in its present state and no other one may hold as well.
///
/// Claims are taken in the transaction that appends the events, so a rule about several aggregates
/// is as strict as a rule about one. `what` is the kind of thing and the code of the refusal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Claim {
    /// The kind of thing claimed.
    pub what: String,
    /// Which one of them.
    pub key: String,
    /// The id of the business rule that a second holder would break: `SCH-1`.
    pub rule: String,
    /// The time it is held for; `None` holds it as long as the state lasts.
    pub during: Option<ClaimPeriod>,
    /// The person whose data the key is made of: once they are erased nobody holds it any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Uuid>,
}

/// A half-open stretch of time in which a limited number of holders may share a thing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ClaimPeriod {
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
    /// How many may hold it at once: 1 for a chair, 3 for a room with three places.
    pub capacity: u16,
    /// From this moment on the claim yields to others by itself (a hold that was not confirmed).
    pub expires: Option<DateTime<Utc>>,
}

impl Claim {
    /// Held as long as the aggregate stays in this state.
    #[expect(clippy::needless_pass_by_value, reason = "ids are passed by value everywhere")]
    pub fn unique(what: &str, key: impl ToString, rule: &str) -> Self {
        let (what, key, rule) = (what.into(), key.to_string(), rule.into());
        Self { what, key, rule, during: None, of: None }
    }

    /// Never refused: it makes the holder a member of a set, such as the cabinets below one, so that a
    /// decision can find all members.
    pub fn set_member(set: String) -> Self {
        Self { what: set, key: String::new(), rule: String::new(), during: None, of: None }
    }

    /// A claim whose key is made of personal data: it is released when that person is erased.
    #[must_use]
    pub fn about_subject(self, subject: Uuid) -> Self {
        Self { of: Some(subject), ..self }
    }

    /// Held for a stretch of time; others may have the time before and after.
    pub fn during(what: &str, key: impl ToString, rule: &str, during: ClaimPeriod) -> Self {
        Self { during: Some(during), ..Self::unique(what, key, rule) }
    }
}

/// A number without gaps that an event draws when, and only when, it is appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counter {
    /// Which sequence: `issue`, or `invoice/2030`.
    pub name: String,
    /// The field of the event's data that takes the number.
    pub field: &'static str,
}
