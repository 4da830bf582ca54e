//! What a mail is about.

use chrono::{DateTime, Utc};
use domain::scheduling::Moment;
use sealing::LinkToken;
use uuid::Uuid;

/// What a mail is about, with what its text needs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum MailContent {
    LicenseExpiring { product: String, until: DateTime<Utc> },
    LicenseExpired { product: String, until: DateTime<Utc> },
    Appointment { change: AppointmentChange, service: String, start: Moment },
    IssueCommented { number: Option<i64> },
    IssueResolved { number: Option<i64> },
    Announcement { title: String, text: String },
    EmailVerification { token: LinkToken },
    PasswordReset { token: LinkToken },
    PasswordChanged,
    SecondFactorReset,
    EmailChange { token: LinkToken },
    EmailChangeRequested,
    SessionReused,
    StreamParked { stream: String },
    PurchaseConflict,
    Invitation { cabinet: String, token: LinkToken },
}

/// What happened with an appointment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum AppointmentChange {
    Booked {
        pending: bool,
    },
    /// By somebody without an account, who can do with it only what the mail leads to.
    BookedByGuest {
        pending: bool,
    },
    Confirmed,
    Declined,
    Rescheduled,
    Cancelled,
}

impl MailContent {
    /// The path of the page where there is more.
    pub(crate) fn portal_path(&self, about: Uuid) -> String {
        match self {
            Self::LicenseExpiring { .. } | Self::LicenseExpired { .. } => {
                format!("app/licenses/{about}")
            }
            Self::Appointment { .. } => format!("app/appointments/{about}"),
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
            Self::Announcement { .. } => "app/inbox".into(),
            Self::StreamParked { .. } => "app/running".into(),
            Self::PurchaseConflict => format!("app/parked/{about}"),
            Self::Invitation { token, .. } => format!("invitation?token={token}"),
        }
    }
}

/// What has a number as it is called: `Issue 7`, or `Issue` as long as it has none.
pub(super) fn with_number(what: &str, number: Option<i64>) -> String {
    number.map_or_else(|| what.to_owned(), |number| format!("{what} {number}"))
}
