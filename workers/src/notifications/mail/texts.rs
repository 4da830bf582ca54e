//! The texts of mails in each language. Nothing that a person wrote is in them: it can be read in the
//! portal by those who may (NOT-6).

mod french;
mod russian;

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};
use chrono_tz::Tz;
use domain::{identity::user::Language, scheduling::Moment};

use self::{french::french, russian::russian};
use super::content::{MailContent, with_number};

/// A subject and a text, without the link.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MailText {
    pub(super) subject: String,
    pub(super) text: String,
}

/// The subject and text of a mail. Times of appointments are those of the place where they happen,
/// all others are in the recipient's time zone.
pub(super) fn render(
    content: &MailContent,
    language: Language,
    zone: Tz,
    name: Option<&str>,
) -> MailText {
    let (subject, body) = match language {
        Language::En => english(content, zone),
        Language::De => german(content, zone),
        Language::Ru => russian(content, zone),
        Language::Fr => french(content, zone),
    };
    let greeting = match (language, name) {
        (Language::En, Some(name)) => format!("Hello {name},"),
        (Language::En, None) => "Hello,".into(),
        (Language::De, Some(name)) => format!("Guten Tag {name},"),
        (Language::De, None) => "Guten Tag,".into(),
        (Language::Ru, Some(name)) => format!("Здравствуйте, {name}!"),
        (Language::Ru, None) => "Здравствуйте!".into(),
        (Language::Fr, Some(name)) => format!("Bonjour {name},"),
        (Language::Fr, None) => "Bonjour,".into(),
    };
    MailText { subject, text: format!("{greeting}\n\n{body}") }
}

fn english(content: &MailContent, zone: Tz) -> (String, String) {
    let date = |moment: DateTime<Utc>| english_date(moment.with_timezone(&zone).naive_local());
    let local = |start: &Moment| english_date(start.local);
    match content {
        MailContent::LicenseExpiring { product, until } => (
            format!("{product}: your licence expires soon"),
            format!("your licence for {product} is valid until {}.", date(*until)),
        ),
        MailContent::LicenseExpired { product, until } => (
            format!("{product}: your licence has expired"),
            format!("your licence for {product} expired on {}.", date(*until)),
        ),
        MailContent::AppointmentBooked { service, start, pending } => {
            let more = if *pending { " We will confirm it soon." } else { "" };
            let when = local(start);
            (
                format!("Your appointment on {when}"),
                format!("{service} is booked for {when}.{more}"),
            )
        }
        MailContent::AppointmentConfirmed { service, start } => (
            format!("Your appointment on {} is confirmed", local(start)),
            format!("{service} on {} is confirmed.", local(start)),
        ),
        MailContent::AppointmentCancelled { service, start } => (
            format!("Your appointment on {} is cancelled", local(start)),
            format!("{service} on {} is cancelled.", local(start)),
        ),
        MailContent::IssueCommented { number } => {
            let issue = with_number("Issue", *number);
            (format!("{issue}: a new comment"), "there is a new comment.".into())
        }
        MailContent::IssueResolved { number } => {
            let issue = with_number("Issue", *number);
            let text = "the issue is resolved. A comment within 14 days opens it again.";
            (format!("{issue}: resolved"), text.into())
        }
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
    }
}

fn german(content: &MailContent, zone: Tz) -> (String, String) {
    let date = |moment: DateTime<Utc>| german_date(moment.with_timezone(&zone).naive_local());
    let local = |start: &Moment| german_date(start.local);
    match content {
        MailContent::LicenseExpiring { product, until } => (
            format!("{product}: Ihre Lizenz läuft bald ab"),
            format!("Ihre Lizenz für {product} gilt bis {}.", date(*until)),
        ),
        MailContent::LicenseExpired { product, until } => (
            format!("{product}: Ihre Lizenz ist abgelaufen"),
            format!("Ihre Lizenz für {product} ist am {} abgelaufen.", date(*until)),
        ),
        MailContent::AppointmentBooked { service, start, pending } => {
            let more = if *pending { " Wir bestätigen den Termin bald." } else { "" };
            let when = local(start);
            (
                format!("Ihr Termin am {when}"),
                format!("{service} ist für den {when} gebucht.{more}"),
            )
        }
        MailContent::AppointmentConfirmed { service, start } => (
            format!("Ihr Termin am {} ist bestätigt", local(start)),
            format!("{service} am {} ist bestätigt.", local(start)),
        ),
        MailContent::AppointmentCancelled { service, start } => (
            format!("Ihr Termin am {} ist abgesagt", local(start)),
            format!("{service} am {} ist abgesagt.", local(start)),
        ),
        MailContent::IssueCommented { number } => {
            let issue = with_number("Anfrage", *number);
            (format!("{issue}: ein neuer Kommentar"), "es gibt einen neuen Kommentar.".into())
        }
        MailContent::IssueResolved { number } => {
            let issue = with_number("Anfrage", *number);
            let text = "die Anfrage ist gelöst. Ein Kommentar innerhalb von 14 Tagen öffnet sie \
                        wieder.";
            (format!("{issue}: gelöst"), text.into())
        }
        MailContent::EmailVerification { .. } => (
            "Bitte bestätigen Sie Ihre Adresse".into(),
            "folgen Sie diesem Link innerhalb von 24 Stunden, um Ihre Adresse zu bestätigen und \
             ein Passwort zu wählen. Haben Sie sich nicht angemeldet, ist nichts zu tun."
                .into(),
        ),
        MailContent::PasswordReset { .. } => (
            "Ihr neues Passwort".into(),
            "folgen Sie diesem Link innerhalb von 30 Minuten, um ein neues Passwort zu wählen. \
             Haben Sie nicht darum gebeten, ist nichts zu tun."
                .into(),
        ),
        MailContent::PasswordChanged => (
            "Ihr Passwort wurde geändert".into(),
            "Ihr Passwort wurde geändert, und Sie wurden überall abgemeldet. Waren das nicht Sie, \
             wählen Sie sofort ein neues."
                .into(),
        ),
        MailContent::SecondFactorReset => (
            "Ihr zweiter Faktor wurde zurückgesetzt".into(),
            "wer die Anwendung verwaltet, hat Ihre Authenticator-App und Ihre Passkeys entfernt, weil \
             sie verloren sein sollen, und Sie wurden überall abgemeldet. Melden Sie sich an und \
             richten Sie einen neuen ein. Haben Sie nicht darum gebeten, wählen Sie sofort ein neues \
             Passwort und sagen Sie es uns."
                .into(),
        ),
        MailContent::EmailChange { .. } => (
            "Bitte bestätigen Sie Ihre neue Adresse".into(),
            "folgen Sie diesem Link innerhalb von 24 Stunden, dann melden Sie sich künftig mit \
             dieser Adresse an. Haben Sie nicht darum gebeten, ist nichts zu tun."
                .into(),
        ),
        MailContent::EmailChangeRequested => (
            "Eine andere Adresse für Ihr Konto".into(),
            "jemand, der Ihr Passwort kennt, hat darum gebeten, dass eine andere Adresse an die \
             Stelle dieser tritt; dorthin ging ein Link. Waren das nicht Sie, wählen Sie sofort ein \
             neues Passwort."
                .into(),
        ),
        MailContent::SessionReused => (
            "Wir haben Sie abgemeldet".into(),
            "jemand hat einen Schlüssel einer Ihrer Sitzungen ein zweites Mal benutzt, darum haben \
             wir sie beendet. Sehen Sie hier fremde Sitzungen, beenden Sie sie und ändern Sie Ihr \
             Passwort."
                .into(),
        ),
        MailContent::StreamParked { stream } => (
            "Etwas wartet auf Sie".into(),
            format!(
                "mit einem Vorgang ({stream}) ging es nicht weiter, er wartet. Alles andere läuft. \
                 Hier sehen Sie, warum, und können ihn noch einmal versuchen lassen."
            ),
        ),
        MailContent::PurchaseConflict => (
            "Zwei Meldungen eines Kaufsystems widersprechen sich".into(),
            "ein Kaufsystem hat eine Meldung mit der Kennung einer früheren geschickt, die etwas \
             anderes sagte. Sie wurde nicht angewandt und wartet auf eine Entscheidung."
                .into(),
        ),
    }
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
