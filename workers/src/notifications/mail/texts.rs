//! The texts of mails in each language. Nothing that a person wrote is in them but what is announced to many,
//! what things and people are called, and why an appointment was called off: all else can be read in the
//! portal by those who may (NOT-6).

mod english;
mod french;
mod german;
mod labels;
mod russian;

use chrono_tz::Tz;
use domain::identity::user::Language;

use self::{english::english, french::french, german::german, russian::russian};
use super::content::MailContent;

/// A subject and a text, without the link.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MailText {
    pub(crate) subject: String,
    pub(crate) text: String,
}

/// The subject and text of a mail. Times of appointments are those of the place where they happen,
/// all others are in the recipient's time zone.
pub(crate) fn render(
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
