//! Links that are sent to a user's address, and are good once (IAM-9).

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::macros::display_as_serialized;

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

display_as_serialized!(Purpose);

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
    /// How long no other link is sent.
    const RESEND_PAUSE: TimeDelta = TimeDelta::minutes(1);

    pub(super) fn new(purpose: Purpose, nonce: Uuid, now: DateTime<Utc>) -> Self {
        Self { purpose, nonce, until: now + purpose.lifetime() }
    }

    /// Whether such a link was sent so recently that no other one is sent.
    pub(super) fn was_sent_recently(&self, purpose: Purpose, now: DateTime<Utc>) -> bool {
        self.purpose == purpose && self.until - purpose.lifetime() + Self::RESEND_PAUSE > now
    }

    /// Whether it is this link, and still valid.
    pub fn is_valid_for(&self, purpose: Purpose, nonce: Uuid, now: DateTime<Utc>) -> bool {
        (self.purpose, self.nonce) == (purpose, nonce) && now < self.until
    }
}
