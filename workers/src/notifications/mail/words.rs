//! What letters say, in the languages that people read. Nothing that a person wrote is in them:
//! who may read that reads it in the portal (NOT-6).

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};
use chrono_tz::Tz;
use domain::{identity::user::Language, scheduling::Moment};
use sealing::Ticket;
use uuid::Uuid;

/// What there is to tell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Told {
    LicenseExpiring { product: String, until: DateTime<Utc> },
    LicenseExpired { product: String, until: DateTime<Utc> },
    AppointmentBooked { service: String, start: Moment, pending: bool },
    AppointmentConfirmed { service: String, start: Moment },
    AppointmentCancelled { service: String, start: Moment },
    IssueCommented { number: Option<i64> },
    IssueResolved { number: Option<i64> },
    EmailVerification { ticket: Ticket },
    PasswordReset { ticket: Ticket },
    PasswordChanged,
    SecondFactorReset,
    EmailChange { ticket: Ticket },
    EmailChangeRequested,
    SessionReused,
    StreamParked { stream: String },
    PurchaseConflict,
}

/// A subject and a text, without the link.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Words {
    pub(super) subject: String,
    pub(super) text: String,
}

impl Told {
    /// Where in the portal it is.
    pub(super) fn place(&self, about: Uuid) -> String {
        match self {
            Self::LicenseExpiring { .. } | Self::LicenseExpired { .. } => {
                format!("licenses/{about}")
            }
            Self::AppointmentBooked { .. }
            | Self::AppointmentConfirmed { .. }
            | Self::AppointmentCancelled { .. } => format!("appointments/{about}"),
            Self::IssueCommented { .. } | Self::IssueResolved { .. } => format!("issues/{about}"),
            // What follows the # no browser sends to anybody.
            Self::EmailVerification { ticket } => format!("verify-email#{ticket}"),
            Self::PasswordReset { ticket } => format!("reset-password#{ticket}"),
            Self::EmailChange { ticket } => format!("change-email#{ticket}"),
            Self::PasswordChanged
            | Self::SecondFactorReset
            | Self::EmailChangeRequested
            | Self::SessionReused => "account/sessions".into(),
            Self::StreamParked { .. } => "operations/parked".into(),
            Self::PurchaseConflict => format!("purchases/parked/{about}"),
        }
    }
}

/// Puts into words what there is to tell. Appointments are told by the clock of the place where
/// they are, everything else by the reader's.
pub(super) fn write(told: &Told, language: Language, zone: Tz, name: Option<&str>) -> Words {
    let (subject, said) = match language {
        Language::En => english(told, zone),
        Language::De => german(told, zone),
    };
    let greeting = match (language, name) {
        (Language::En, Some(name)) => format!("Hello {name},"),
        (Language::En, None) => "Hello,".into(),
        (Language::De, Some(name)) => format!("Guten Tag {name},"),
        (Language::De, None) => "Guten Tag,".into(),
    };
    Words { subject, text: format!("{greeting}\n\n{said}") }
}

fn english(told: &Told, zone: Tz) -> (String, String) {
    let on = |moment: DateTime<Utc>| english_date(moment.with_timezone(&zone).naive_local());
    let at = |start: &Moment| english_date(start.local);
    match told {
        Told::LicenseExpiring { product, until } => (
            format!("{product}: your licence expires soon"),
            format!("your licence for {product} is valid until {}.", on(*until)),
        ),
        Told::LicenseExpired { product, until } => (
            format!("{product}: your licence has expired"),
            format!("your licence for {product} expired on {}.", on(*until)),
        ),
        Told::AppointmentBooked { service, start, pending } => {
            let more = if *pending { " We will confirm it soon." } else { "" };
            let when = at(start);
            (
                format!("Your appointment on {when}"),
                format!("{service} is booked for {when}.{more}"),
            )
        }
        Told::AppointmentConfirmed { service, start } => (
            format!("Your appointment on {} is confirmed", at(start)),
            format!("{service} on {} is confirmed.", at(start)),
        ),
        Told::AppointmentCancelled { service, start } => (
            format!("Your appointment on {} is cancelled", at(start)),
            format!("{service} on {} is cancelled.", at(start)),
        ),
        Told::IssueCommented { number } => {
            let issue = numbered("Issue", *number);
            (format!("{issue}: a new comment"), "there is a new comment.".into())
        }
        Told::IssueResolved { number } => {
            let issue = numbered("Issue", *number);
            let text = "the issue is resolved. A comment within 14 days opens it again.";
            (format!("{issue}: resolved"), text.into())
        }
        Told::EmailVerification { .. } => (
            "Please confirm your address".into(),
            "follow this link within 24 hours to confirm your address and to choose a password. \
             If you did not sign up, there is nothing to do."
                .into(),
        ),
        Told::PasswordReset { .. } => (
            "Your new password".into(),
            "follow this link within 30 minutes to choose a new password. If you did not ask for \
             it, there is nothing to do."
                .into(),
        ),
        Told::PasswordChanged => (
            "Your password was changed".into(),
            "your password was changed, and you were signed out everywhere. If that was not you, \
             choose a new one at once."
                .into(),
        ),
        Told::SecondFactorReset => (
            "Your second factor was reset".into(),
            "an administrator took away your authenticator app and your passkeys, because they were \
             said to be lost, and you were signed out everywhere. Sign in and enroll another one. If \
             you did not ask for it, choose a new password at once and tell us."
                .into(),
        ),
        Told::EmailChange { .. } => (
            "Please confirm your new address".into(),
            "follow this link within 24 hours, and you sign in with this address from then on. If \
             you did not ask for it, there is nothing to do."
                .into(),
        ),
        Told::EmailChangeRequested => (
            "Another address for your account".into(),
            "somebody who knows your password asked that another address take the place of this \
             one, and a link was sent there. If that was not you, choose a new password at once."
                .into(),
        ),
        Told::SessionReused => (
            "We signed you out".into(),
            "somebody used a key of one of your sessions a second time, so we ended it. If you \
             see sessions here that are not yours, end them and change your password."
                .into(),
        ),
        Told::StreamParked { stream } => (
            "Something waits for you".into(),
            format!(
                "one {stream} could not be dealt with and waits. Everything else goes on. Here you \
                 see why, and can have it tried again."
            ),
        ),
        Told::PurchaseConflict => (
            "Two messages of a purchase system contradict each other".into(),
            "a purchase system sent a message with the id of an earlier one that said something \
             else. It was not applied, and waits for somebody to decide."
                .into(),
        ),
    }
}

fn german(told: &Told, zone: Tz) -> (String, String) {
    let on = |moment: DateTime<Utc>| german_date(moment.with_timezone(&zone).naive_local());
    let at = |start: &Moment| german_date(start.local);
    match told {
        Told::LicenseExpiring { product, until } => (
            format!("{product}: Ihre Lizenz läuft bald ab"),
            format!("Ihre Lizenz für {product} gilt bis {}.", on(*until)),
        ),
        Told::LicenseExpired { product, until } => (
            format!("{product}: Ihre Lizenz ist abgelaufen"),
            format!("Ihre Lizenz für {product} ist am {} abgelaufen.", on(*until)),
        ),
        Told::AppointmentBooked { service, start, pending } => {
            let more = if *pending { " Wir bestätigen den Termin bald." } else { "" };
            let when = at(start);
            (
                format!("Ihr Termin am {when}"),
                format!("{service} ist für den {when} gebucht.{more}"),
            )
        }
        Told::AppointmentConfirmed { service, start } => (
            format!("Ihr Termin am {} ist bestätigt", at(start)),
            format!("{service} am {} ist bestätigt.", at(start)),
        ),
        Told::AppointmentCancelled { service, start } => (
            format!("Ihr Termin am {} ist abgesagt", at(start)),
            format!("{service} am {} ist abgesagt.", at(start)),
        ),
        Told::IssueCommented { number } => {
            let issue = numbered("Anfrage", *number);
            (format!("{issue}: ein neuer Kommentar"), "es gibt einen neuen Kommentar.".into())
        }
        Told::IssueResolved { number } => {
            let issue = numbered("Anfrage", *number);
            let text = "die Anfrage ist gelöst. Ein Kommentar innerhalb von 14 Tagen öffnet sie \
                        wieder.";
            (format!("{issue}: gelöst"), text.into())
        }
        Told::EmailVerification { .. } => (
            "Bitte bestätigen Sie Ihre Adresse".into(),
            "folgen Sie diesem Link innerhalb von 24 Stunden, um Ihre Adresse zu bestätigen und \
             ein Passwort zu wählen. Haben Sie sich nicht angemeldet, ist nichts zu tun."
                .into(),
        ),
        Told::PasswordReset { .. } => (
            "Ihr neues Passwort".into(),
            "folgen Sie diesem Link innerhalb von 30 Minuten, um ein neues Passwort zu wählen. \
             Haben Sie nicht darum gebeten, ist nichts zu tun."
                .into(),
        ),
        Told::PasswordChanged => (
            "Ihr Passwort wurde geändert".into(),
            "Ihr Passwort wurde geändert, und Sie wurden überall abgemeldet. Waren das nicht Sie, \
             wählen Sie sofort ein neues."
                .into(),
        ),
        Told::SecondFactorReset => (
            "Ihr zweiter Faktor wurde zurückgesetzt".into(),
            "wer die Anwendung verwaltet, hat Ihre Authenticator-App und Ihre Passkeys entfernt, weil \
             sie verloren sein sollen, und Sie wurden überall abgemeldet. Melden Sie sich an und \
             richten Sie einen neuen ein. Haben Sie nicht darum gebeten, wählen Sie sofort ein neues \
             Passwort und sagen Sie es uns."
                .into(),
        ),
        Told::EmailChange { .. } => (
            "Bitte bestätigen Sie Ihre neue Adresse".into(),
            "folgen Sie diesem Link innerhalb von 24 Stunden, dann melden Sie sich künftig mit \
             dieser Adresse an. Haben Sie nicht darum gebeten, ist nichts zu tun."
                .into(),
        ),
        Told::EmailChangeRequested => (
            "Eine andere Adresse für Ihr Konto".into(),
            "jemand, der Ihr Passwort kennt, hat darum gebeten, dass eine andere Adresse an die \
             Stelle dieser tritt; dorthin ging ein Link. Waren das nicht Sie, wählen Sie sofort ein \
             neues Passwort."
                .into(),
        ),
        Told::SessionReused => (
            "Wir haben Sie abgemeldet".into(),
            "jemand hat einen Schlüssel einer Ihrer Sitzungen ein zweites Mal benutzt, darum haben \
             wir sie beendet. Sehen Sie hier fremde Sitzungen, beenden Sie sie und ändern Sie Ihr \
             Passwort."
                .into(),
        ),
        Told::StreamParked { stream } => (
            "Etwas wartet auf Sie".into(),
            format!(
                "mit einem Vorgang ({stream}) ging es nicht weiter, er wartet. Alles andere läuft. \
                 Hier sehen Sie, warum, und können ihn noch einmal versuchen lassen."
            ),
        ),
        Told::PurchaseConflict => (
            "Zwei Meldungen eines Kaufsystems widersprechen sich".into(),
            "ein Kaufsystem hat eine Meldung mit der Kennung einer früheren geschickt, die etwas \
             anderes sagte. Sie wurde nicht angewandt und wartet auf eine Entscheidung."
                .into(),
        ),
    }
}

fn numbered(what: &str, number: Option<i64>) -> String {
    number.map_or_else(|| what.to_owned(), |number| format!("{what} {number}"))
}

fn english_date(local: NaiveDateTime) -> String {
    local.format("%-d %B %Y, %H:%M").to_string()
}

fn german_date(local: NaiveDateTime) -> String {
    const MONTHS: [&str; 12] = [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ];
    let month = MONTHS[local.month0() as usize];
    format!("{}. {month} {}, {} Uhr", local.day(), local.year(), local.format("%H:%M"))
}
