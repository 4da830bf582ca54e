//! The texts of mails in English.

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;

use super::super::content::{AppointmentChange, MailContent, with_number};

pub(super) fn english(content: &MailContent, zone: Tz) -> (String, String) {
    let date = |moment: DateTime<Utc>| english_date(moment.with_timezone(&zone).naive_local());
    match content {
        MailContent::LicenseExpiring { product, until } => (
            format!("{product}: your licence expires soon"),
            format!("your licence for {product} is valid until {}.", date(*until)),
        ),
        MailContent::LicenseExpired { product, until } => (
            format!("{product}: your licence has expired"),
            format!("your licence for {product} expired on {}.", date(*until)),
        ),
        MailContent::Appointment { change, service, start } => {
            appointment(*change, service, &english_date(start.local))
        }
        MailContent::IssueCommented { number } => {
            let issue = with_number("Issue", *number);
            (format!("{issue}: a new comment"), "there is a new comment.".into())
        }
        MailContent::IssueResolved { number } => {
            let issue = with_number("Issue", *number);
            let text = "the issue is resolved. A comment within 14 days opens it again.";
            (format!("{issue}: resolved"), text.into())
        }
        MailContent::Announcement { title, text } => (title.clone(), text.clone()),
        MailContent::EmailVerification { .. } => (
            "Please confirm your address".into(),
            "follow this link within 24 hours to confirm your address and to choose a password. \
             If you did not sign up, there is nothing to do."
                .into(),
        ),
        MailContent::PasswordReset { .. } => (
            "Your new password".into(),
            "follow this link within 30 minutes to choose a new password. If you did not ask for \
             it, there is nothing to do."
                .into(),
        ),
        MailContent::PasswordChanged => (
            "Your password was changed".into(),
            "your password was changed, and you were signed out everywhere. If that was not you, \
             choose a new one at once."
                .into(),
        ),
        MailContent::SecondFactorReset => (
            "Your second factor was reset".into(),
            "an administrator took away your authenticator app and your passkeys, because they were \
             said to be lost, and you were signed out everywhere. Sign in and enroll another one. If \
             you did not ask for it, choose a new password at once and tell us."
                .into(),
        ),
        MailContent::EmailChange { .. } => (
            "Please confirm your new address".into(),
            "follow this link within 24 hours, and you sign in with this address from then on. If \
             you did not ask for it, there is nothing to do."
                .into(),
        ),
        MailContent::EmailChangeRequested => (
            "Another address for your account".into(),
            "somebody who knows your password asked that another address take the place of this \
             one, and a link was sent there. If that was not you, choose a new password at once."
                .into(),
        ),
        MailContent::SessionReused => (
            "We signed you out".into(),
            "somebody used a key of one of your sessions a second time, so we ended it. If you \
             see sessions here that are not yours, end them and change your password."
                .into(),
        ),
        MailContent::StreamParked { stream } => (
            "Something waits for you".into(),
            format!(
                "one {stream} could not be dealt with and waits. Everything else goes on. Here you \
                 see why, and can have it tried again."
            ),
        ),
        MailContent::PurchaseConflict => (
            "Two messages of a purchase system contradict each other".into(),
            "a purchase system sent a message with the id of an earlier one that said something \
             else. It was not applied, and waits for somebody to decide."
                .into(),
        ),
        MailContent::Invitation { cabinet, .. } => (
            format!("{cabinet}: you are invited"),
            format!(
                "you are invited to work with {cabinet}. The link is good for seven days, and \
                 once."
            ),
        ),
    }
}

fn appointment(change: AppointmentChange, service: &str, when: &str) -> (String, String) {
    match change {
        AppointmentChange::Booked { pending } | AppointmentChange::BookedByGuest { pending } => {
            let more = if pending { " We will confirm it soon." } else { "" };
            (
                format!("Your appointment on {when}"),
                format!("{service} is booked for {when}.{more}"),
            )
        }
        AppointmentChange::Confirmed => (
            format!("Your appointment on {when} is confirmed"),
            format!("{service} on {when} is confirmed."),
        ),
        AppointmentChange::Declined => (
            format!("Your appointment on {when} could not be confirmed"),
            format!("{service} on {when} could not be confirmed."),
        ),
        AppointmentChange::Rescheduled => (
            format!("Your appointment is moved to {when}"),
            format!("{service} is moved to {when}."),
        ),
        AppointmentChange::Cancelled => (
            format!("Your appointment on {when} is cancelled"),
            format!("{service} on {when} is cancelled."),
        ),
    }
}

fn english_date(local: NaiveDateTime) -> String {
    local.format("%-d %B %Y, %H:%M").to_string()
}
