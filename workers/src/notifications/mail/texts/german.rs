//! The texts of mails in German.

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};
use chrono_tz::Tz;
use domain::{Language, organizations::membership::Rank};

use super::{
    super::content::{
        AppointmentMail, AppointmentNotice, MailContent, MembershipInvitation, name_with_number,
    },
    labels::{Labels, appointment_text},
};

pub(super) fn german(content: &MailContent, zone: Tz) -> (String, String) {
    let date = |moment: DateTime<Utc>| german_date(moment.with_timezone(&zone).naive_local());
    match content {
        MailContent::LicenseExpiring { product, until } => (
            format!("{product}: Ihre Lizenz läuft bald ab"),
            format!("Ihre Lizenz für {product} gilt bis {}.", date(*until)),
        ),
        MailContent::LicenseExpired { product, until } => (
            format!("{product}: Ihre Lizenz ist abgelaufen"),
            format!("Ihre Lizenz für {product} ist am {} abgelaufen.", date(*until)),
        ),
        MailContent::Appointment(mail) => appointment(mail),
        MailContent::GuestCode { code } => (
            format!("{code} ist Ihr Code"),
            format!(
                "bitte geben Sie diesen Code innerhalb von 30 Minuten auf der Seite ein, auf der Sie \
                 buchen:

{code}

Wenn Sie nichts buchen, ist nichts zu tun."
            ),
        ),
        MailContent::IssueCommented { number } => {
            let issue = name_with_number("Anfrage", *number);
            (format!("{issue}: ein neuer Kommentar"), "es gibt einen neuen Kommentar.".into())
        }
        MailContent::IssueResolved { number } => {
            let issue = name_with_number("Anfrage", *number);
            let text = "die Anfrage ist gelöst. Ein Kommentar innerhalb von 14 Tagen öffnet sie \
                        wieder.";
            (format!("{issue}: gelöst"), text.into())
        }
        MailContent::Export { completed } => export(*completed),
        MailContent::Announcement { title, text } => (title.clone(), text.clone()),
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
        MailContent::Invitation(invited) => invitation(invited),
    }
}

fn export(completed: bool) -> (String, String) {
    if completed {
        (
            "Ihr Export ist fertig".into(),
            "die Liste, die Sie angefordert haben, steht als Datei bereit. Sie erhalten sie \
             hier einige Tage lang; die Datei selbst steht in keiner Mail."
                .into(),
        )
    } else {
        (
            "Ihr Export ist fehlgeschlagen".into(),
            "die Liste, die Sie angefordert haben, konnte nicht als Datei erstellt werden. \
             Hier sehen Sie, warum."
                .into(),
        )
    }
}

fn invitation(invited: &MembershipInvitation) -> (String, String) {
    let MembershipInvitation { inviter, cabinet, role, .. } = invited;
    let role = match role {
        Rank::ClientUser => "als Mitglied",
        Rank::ClientAdmin => "in der Administration",
    };
    let what = match inviter {
        Some(inviter) => format!("{inviter} lädt Sie ein, mit {cabinet} zu arbeiten, {role}."),
        None => format!("Sie sind eingeladen, mit {cabinet} zu arbeiten, {role}."),
    };
    let text = format!("{what} Der Link gilt sieben Tage, und einmal.");
    (format!("{cabinet}: Sie sind eingeladen"), text)
}

const LABELS: Labels = Labels {
    language: Language::De,
    with: "Bei:",
    price: "Preis:",
    from: "ab",
    reason: "Grund:",
    guide: "Hier sehen, verschieben oder sagen Sie ihn ab:",
};

fn appointment(mail: &AppointmentMail) -> (String, String) {
    let when = german_date(mail.details.plan.start.local);
    let (subject, what) = match mail.notice {
        AppointmentNotice::Booked { pending: false } => {
            (format!("Ihr Termin am {when}"), "Ihr Termin ist gebucht.")
        }
        AppointmentNotice::Booked { pending: true } => (
            format!("Ihr Termin am {when}"),
            "danke für Ihre Buchung. Wir bestätigen den Termin bald.",
        ),
        AppointmentNotice::Confirmed => {
            (format!("Ihr Termin am {when} ist bestätigt"), "Ihr Termin ist bestätigt.")
        }
        AppointmentNotice::Declined => (
            format!("Ihr Termin am {when} konnte nicht bestätigt werden"),
            "leider konnte Ihr Termin nicht bestätigt werden.",
        ),
        AppointmentNotice::Rescheduled => (
            format!("Ihr Termin ist auf den {when} verschoben"),
            "Ihr Termin ist verschoben. So ist er jetzt:",
        ),
        AppointmentNotice::Cancelled => {
            (format!("Ihr Termin am {when} ist abgesagt"), "Ihr Termin ist abgesagt.")
        }
        AppointmentNotice::Reminder => {
            (format!("Erinnerung: Ihr Termin am {when}"), "wir erinnern Sie an Ihren Termin.")
        }
    };
    (subject, appointment_text(what, mail, &when, &LABELS))
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
