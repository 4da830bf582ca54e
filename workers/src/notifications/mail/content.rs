//! What a mail is about.

use chrono::{DateTime, Utc};
use domain::scheduling::Moment;
use sealing::LinkToken;
use uuid::Uuid;

/// What a mail is about, with what its text needs.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum MailContent {
    LicenseExpiring { product: String, until: DateTime<Utc> },
    LicenseExpired { product: String, until: DateTime<Utc> },
    AppointmentBooked { service: String, start: Moment, pending: bool },
    AppointmentConfirmed { service: String, start: Moment },
    AppointmentCancelled { service: String, start: Moment },
    IssueCommented { number: Option<i64> },
    IssueResolved { number: Option<i64> },
    EmailVerification { token: LinkToken },
    PasswordReset { token: LinkToken },
    PasswordChanged,
    SecondFactorReset,
    EmailChange { token: LinkToken },
    EmailChangeRequested,
    SessionReused,
    StreamParked { stream: String },
    PurchaseConflict,
}

impl MailContent {
    /// The path of the page where there is more.
    pub(super) fn portal_path(&self, about: Uuid) -> String {
        match self {
            Self::LicenseExpiring { .. } | Self::LicenseExpired { .. } => {
                format!("app/licenses/{about}")
            }
            Self::AppointmentBooked { .. }
            | Self::AppointmentConfirmed { .. }
            | Self::AppointmentCancelled { .. } => format!("app/appointments/{about}"),
            Self::IssueCommented { .. } | Self::IssueResolved { .. } => {
                format!("app/issues/{about}")
            }
            Self::EmailVerification { token } => format!("verify-email?token={token}"),
            Self::PasswordReset { token } => format!("reset?token={token}"),
            Self::EmailChange { token } => format!("change-email?token={token}"),
            Self::PasswordChanged
            | Self::SecondFactorReset
            | Self::EmailChangeRequested
            | Self::SessionReused => "app/me/sessions".into(),
            Self::StreamParked { .. } => "app/running".into(),
            Self::PurchaseConflict => format!("app/parked/{about}"),
        }
    }
}

/// What has a number as it is called: `Issue 7`, or `Issue` as long as it has none.
pub(super) fn with_number(what: &str, number: Option<i64>) -> String {
    number.map_or_else(|| what.to_owned(), |number| format!("{what} {number}"))
}
