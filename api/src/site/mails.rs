//! What mails to guests say, in the language in which they book.

use domain::Language;

use super::{
    language::{in_language_of_account, say},
    texts::booking as texts,
};
use crate::guest_mail::MailText;

/// The code by which a guest shows that an address is theirs.
pub(crate) fn code_mail(language: Language, code: &str) -> MailText {
    in_language_of_account(language, || MailText {
        title: format!("{code} {}", say(texts::IS_YOUR_CODE)),
        text: format!(
            "{}\n\n{}\n\n{code}\n\n{}",
            say(texts::HELLO),
            say(texts::TYPE_CODE),
            say(texts::NOTHING_TO_DO)
        ),
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
    }
}
