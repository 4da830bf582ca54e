//! What a mail is about.

use chrono::{DateTime, Utc};
use commands::scheduling::AppointmentDetails;
use domain::{
    Text,
    organizations::membership::Rank,
    scheduling::appointment::{Event, Status},
};
use sealing::LinkToken;
use uuid::Uuid;

/// What a mail is about, with what its text needs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum MailContent {
    LicenseExpiring {
        product: String,
        until: DateTime<Utc>,
    },
    LicenseExpired {
        product: String,
        until: DateTime<Utc>,
    },
    Appointment(Box<AppointmentMail>),
    /// By which somebody without an account shows that the address is theirs.
    GuestCode {
        code: String,
    },
    IssueCommented {
        number: Option<i64>,
    },
    IssueResolved {
        number: Option<i64>,
    },
    Export {
        completed: bool,
    },
    Announcement {
        title: String,
        text: String,
    },
    EmailVerification {
        token: LinkToken,
    },
    PasswordReset {
        token: LinkToken,
    },
    PasswordChanged,
    SecondFactorReset,
    EmailChange {
        token: LinkToken,
    },
    EmailChangeRequested,
    SessionReused,
    StreamParked {
        stream: String,
    },
    PurchaseConflict,
    Invitation(MembershipInvitation),
}

/// What happened with an appointment, and how it stood then.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AppointmentMail {
    pub(crate) notice: AppointmentNotice,
    pub(crate) details: AppointmentDetails,
    /// Why the business declined it or called it off.
    pub(crate) reason: Option<Text<500>>,
    /// How many events there were of it, and when the last one was recorded.
    pub(crate) version: (i32, DateTime<Utc>),
    /// Whether its customer may still move it or call it off.
    pub(crate) changeable: bool,
    /// The link for a customer who does not sign in.
    pub(crate) token: Option<LinkToken>,
}

/// What a customer is told of an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AppointmentNotice {
    Booked { pending: bool },
    Confirmed,
    Declined,
    Rescheduled,
    Cancelled,
    Reminder,
}

/// Who is invited by whom, and to what.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MembershipInvitation {
    /// Nobody, if the business itself invites.
    pub(crate) inviter: Option<String>,
    pub(crate) cabinet: String,
    pub(crate) role: Rank,
    pub(crate) token: LinkToken,
}

impl AppointmentNotice {
    /// What a customer is told of an event, if they are.
    pub(crate) fn for_event(event: &Event) -> Option<Self> {
        match event {
            Event::Booked(booking) => {
                Some(Self::Booked { pending: booking.status == Status::Pending })
            }
            Event::Confirmed {} => Some(Self::Confirmed),
            Event::Declined { .. } => Some(Self::Declined),
            Event::Rescheduled { .. } => Some(Self::Rescheduled),
            Event::Cancelled { .. } => Some(Self::Cancelled),
            Event::ReminderDue {} => Some(Self::Reminder),
            _ => None,
        }
    }
}

impl MailContent {
    /// The path of the page where there is more.
    pub(crate) fn link_path(&self, about: Uuid) -> String {
        match self {
            Self::LicenseExpiring { .. } | Self::LicenseExpired { .. } => {
                format!("app/licenses/{about}")
            }
            Self::Appointment(mail) => match &mail.token {
                Some(token) => format!("a/{token}"),
                None => format!("app/appointments/{about}"),
            },
            Self::GuestCode { .. } => "book".into(),
            Self::IssueCommented { .. } | Self::IssueResolved { .. } => {
                format!("app/issues/{about}")
            }
            Self::Export { .. } => "app/me/exports".into(),
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
            Self::Invitation(MembershipInvitation { token, .. }) => {
                format!("invitation?token={token}")
            }
        }
    }
}

/// What has a number as it is called: `Issue 7`, or `Issue` as long as it has none.
pub(super) fn name_with_number(what: &str, number: Option<i64>) -> String {
    number.map_or_else(|| what.to_owned(), |number| format!("{what} {number}"))
}
