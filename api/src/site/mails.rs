//! What mails to guests say, in the language in which they book.

use chrono::NaiveDateTime;
use domain::Language;

use super::{
    format,
    language::{in_language_of_account, say},
    words::booking as words,
};
use crate::guest_mail::MailText;

/// What a mail says of an appointment.
pub(crate) struct BookedMail<'a> {
    pub(crate) service: &'a str,
    pub(crate) start: NaiveDateTime,
    /// Whether it waits to be confirmed.
    pub(crate) pending: bool,
}

/// The code by which a guest shows that an address is theirs.
pub(crate) fn code_mail(language: Language, code: &str) -> MailText {
    in_language_of_account(language, || MailText {
        title: format!("{code} {}", say(words::IS_YOUR_CODE)),
        text: format!(
            "{}\n\n{}\n\n{code}\n\n{}",
            say(words::HELLO),
            say(words::TYPE_CODE),
            say(words::NOTHING_TO_DO)
        ),
    })
}

/// What a guest has booked; the link to it follows.
pub(crate) fn booked_mail(language: Language, booked: &BookedMail<'_>) -> MailText {
    in_language_of_account(language, || {
        let BookedMail { service, start, pending } = booked;
        let title = say(if *pending { words::PENDING } else { words::CONFIRMED });
        let when = format::date_time(*start);
        MailText {
            title: format!("{title} ({when})"),
            text: format!(
                "{}\n\n{title}.\n\n{service}\n{when}\n\n{}",
                say(words::HELLO),
                say(words::MANAGE)
            ),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_is_written_to_in_the_language_in_which_they_book() {
        let MailText { title, text } = code_mail(Language::De, "042137");
        assert_eq!(title, "042137 ist Ihr Code");
        assert!(text.contains("\n\n042137\n\n"), "{text}");
        let start = "2030-01-08T09:05:00".parse().unwrap();
        let booked = BookedMail { service: "Coupe", start, pending: true };
        let MailText { title, text } = booked_mail(Language::Fr, &booked);
        assert_eq!(title, "Votre rendez-vous attend sa confirmation (mar. 8 janvier, 09:05)");
        assert!(text.contains("\nCoupe\nmar. 8 janvier, 09:05\n"), "{text}");
    }
}
