//! The texts of mails in English.

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;
use domain::{Language, organizations::membership::Rank};

use super::{
    super::content::{
        AppointmentMail, AppointmentNotice, MailContent, MembershipInvitation, name_with_number,
    },
    labels::{Labels, appointment_text},
};

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
        MailContent::Appointment(mail) => appointment(mail),
        MailContent::GuestCode { code } => (
            format!("{code} is your code"),
            format!(
                "please type this code into the page on which you book, within 30 minutes:

\
                 {code}

If you are not booking anything, there is nothing to do."
            ),
        ),
        MailContent::IssueCommented { number } => {
            let issue = name_with_number("Issue", *number);
            (format!("{issue}: a new comment"), "there is a new comment.".into())
        }
        MailContent::IssueResolved { number } => {
            let issue = name_with_number("Issue", *number);
            let text = "the issue is resolved. A comment within 14 days opens it again.";
            (format!("{issue}: resolved"), text.into())
        }
        MailContent::Export { completed } => export(*completed),
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
        MailContent::Invitation(invited) => invitation(invited),
    }
}

fn export(completed: bool) -> (String, String) {
    if completed {
        (
            "Your export is ready".into(),
            "the list that you asked for is ready as a file. You get it here for some days; \
             the file itself is in no mail."
                .into(),
        )
    } else {
        (
            "Your export failed".into(),
            "the list that you asked for could not be made as a file. Here you see why.".into(),
        )
    }
}

fn invitation(invited: &MembershipInvitation) -> (String, String) {
    let MembershipInvitation { inviter, cabinet, role, .. } = invited;
    let role = match role {
        Rank::ClientUser => "a member",
        Rank::ClientAdmin => "an administrator",
    };
    let what = match inviter {
        Some(inviter) => format!("{inviter} invites you to work with {cabinet} as {role}."),
        None => format!("you are invited to work with {cabinet} as {role}."),
    };
    let text = format!("{what} The link is good for seven days, and once.");
    (format!("{cabinet}: you are invited"), text)
}

const LABELS: Labels = Labels {
    language: Language::En,
    with: "With:",
    price: "Price:",
    from: "from",
    reason: "Reason:",
    guide: "Here you see it, move it, or call it off:",
};

fn appointment(mail: &AppointmentMail) -> (String, String) {
    let when = english_date(mail.details.plan.start.local);
    let (subject, what) = match mail.notice {
        AppointmentNotice::Booked { pending: false } => {
            (format!("Your appointment on {when}"), "your appointment is booked.")
        }
        AppointmentNotice::Booked { pending: true } => (
            format!("Your appointment on {when}"),
            "thank you for your booking. We will confirm it soon.",
        ),
        AppointmentNotice::Confirmed => {
            (format!("Your appointment on {when} is confirmed"), "your appointment is confirmed.")
        }
        AppointmentNotice::Declined => (
            format!("Your appointment on {when} could not be confirmed"),
            "we are sorry: your appointment could not be confirmed.",
        ),
        AppointmentNotice::Rescheduled => (
            format!("Your appointment is moved to {when}"),
            "your appointment is moved. This is how it is now:",
        ),
        AppointmentNotice::Cancelled => {
            (format!("Your appointment on {when} is cancelled"), "your appointment is cancelled.")
        }
        AppointmentNotice::Reminder => (
            format!("Reminder: your appointment on {when}"),
            "this is a reminder of your appointment.",
        ),
    };
    (subject, appointment_text(what, mail, &when, &LABELS))
}

fn english_date(local: NaiveDateTime) -> String {
    local.format("%-d %B %Y, %H:%M").to_string()
}
