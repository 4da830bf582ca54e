//! Links that are sent to a user's address, and are good once (IAM-9).

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::forms::words;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To show that the address is one's own.
    Verification,
    /// To choose another password.
    PasswordReset,
    /// To show that another address is one's own as well, and to sign in by it from then on.
    EmailChange,
}

words!(Purpose);

impl Purpose {
    /// How long such a link is good.
    pub fn lifetime(self) -> TimeDelta {
        match self {
            Self::Verification | Self::EmailChange => TimeDelta::hours(24),
            Self::PasswordReset => TimeDelta::minutes(30),
        }
    }
}

/// A link that was sent. Who has only read of it here cannot make it: it is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Link {
    pub purpose: Purpose,
    /// Tells it from all others.
    pub nonce: Uuid,
    pub until: DateTime<Utc>,
}

impl Link {
    /// How long nobody is sent another one.
    const REST: TimeDelta = TimeDelta::minutes(1);

    pub(super) fn new(purpose: Purpose, nonce: Uuid, now: DateTime<Utc>) -> Self {
        Self { purpose, nonce, until: now + purpose.lifetime() }
    }

    /// Whether it was sent a moment ago.
    pub(super) fn is_fresh(&self, purpose: Purpose, now: DateTime<Utc>) -> bool {
        self.purpose == purpose && self.until - purpose.lifetime() + Self::REST > now
    }

    /// Whether it is this one, and good.
    pub fn fits(&self, purpose: Purpose, nonce: Uuid, now: DateTime<Utc>) -> bool {
        (self.purpose, self.nonce) == (purpose, nonce) && now < self.until
    }
}
