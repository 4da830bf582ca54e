//! Half-open stretches of time.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A stretch of time, half-open: `until` is the first moment that no longer belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Period {
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

impl Period {
    pub const fn new(from: DateTime<Utc>, until: DateTime<Utc>) -> Self {
        Self { from, until }
    }

    pub fn is_empty(self) -> bool {
        self.from >= self.until
    }

    pub fn overlaps(self, other: Self) -> bool {
        self.from < other.until && other.from < self.until
    }

    pub fn covers(self, other: Self) -> bool {
        self.from <= other.from && other.until <= self.until
    }

    /// What both have in common; empty if that is nothing.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self::new(self.from.max(other.from), self.until.min(other.until))
    }

    /// What is left when `other` is taken away: nothing, one piece or two.
    pub fn difference(self, other: Self) -> impl Iterator<Item = Self> {
        let pieces = if self.overlaps(other) {
            [Self::new(self.from, other.from), Self::new(other.until, self.until)]
        } else {
            [self, Self::new(self.until, self.until)]
        };
        pieces.into_iter().filter(|piece| !piece.is_empty())
    }
}

/// A time in messages to people: RFC 3339, to the second.
pub(super) fn rfc3339_seconds(time: &DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
