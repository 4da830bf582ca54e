//! Text that people type, checked when it is parsed.

use std::{borrow::Cow, str::FromStr};

use email_address::EmailAddress;
use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, schema::Type},
};

use crate::macros::text_newtype;

/// The longest text that is one line: a name, a title, a number.
const MAX_LINE: usize = 200;

/// Between one and `MAX` characters, without blanks around it and without control characters; a text that may
/// be longer than a line has line breaks and tabs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Text<const MAX: usize>(String);

text_newtype!(Text<MAX>, const MAX: usize);

impl<const MAX: usize> FromStr for Text<MAX> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let has_lines = MAX > MAX_LINE;
        let is_break = |c: char| matches!(c, '\n' | '\r' | '\t');
        let is_forbidden = |c: char| c.is_control() && !(has_lines && is_break(c));
        match text.chars().count() {
            0 => Err("must not be empty".into()),
            length if length > MAX => {
                Err(format!("is {length} characters long; at most {MAX} fit"))
            }
            _ if text.contains(is_forbidden) => Err(CONTROL_CHARACTERS_PROBLEM.into()),
            _ => Ok(Self(text.to_owned())),
        }
    }
}

impl<const MAX: usize> PartialSchema for Text<MAX> {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String);
        text.min_length(Some(1)).max_length(Some(MAX)).into()
    }
}

/// `Text<200>` is `Text200` in the schemas.
impl<const MAX: usize> ToSchema for Text<MAX> {
    fn name() -> Cow<'static, str> {
        format!("Text{MAX}").into()
    }
}

/// What is said of a text that [`has_control_characters`].
pub const CONTROL_CHARACTERS_PROBLEM: &str = "contains control characters";

/// Whether a text has characters that neither show nor part anything, so that nothing that is kept has them in it.
pub fn has_control_characters(text: &str) -> bool {
    text.contains(|c: char| c.is_control() && !c.is_whitespace())
}

/// What keeps people from reading a text as it is, if anything does: that it only looks empty, or that it is
/// not shown in the order in which it is written. Whoever types a text is told; texts that were recorded stay.
pub fn legibility_problem(text: &str) -> Option<&'static str> {
    let opens = |c: char| matches!(c, '\u{202a}' | '\u{202b}' | '\u{2066}'..='\u{2068}');
    let closes = |c: char| matches!(c, '\u{202c}' | '\u{2069}');
    let is_balanced = text.matches(opens).count() == text.matches(closes).count();
    if text.contains(['\u{202d}', '\u{202e}']) || !is_balanced {
        return Some("contains characters that turn its direction around");
    }
    if text.trim_start().chars().next().is_some_and(is_combining_mark) {
        return Some("begins with a mark that hangs on nothing");
    }
    let is_blank = |c: char| c.is_whitespace() || is_invisible(c);
    let looks_empty = text.contains(is_invisible) && text.chars().all(is_blank);
    looks_empty.then_some("has nothing in it that can be seen")
}

/// Whether a character shows nothing: what Unicode has ignored where it is not known
/// (`Default_Ignorable_Code_Point`), and the empty sign of Braille.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The form in which two spellings of one text are equal: letters that look alike to people (NFKC),
/// their case, and blanks around them make no difference.
pub fn normalized(text: &str) -> String {
    text.trim().nfkc().collect::<String>().to_lowercase()
}

/// An e-mail address by RFC 5321, in the case it was typed in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

text_newtype!(Email);

impl Email {
    /// The form in which two spellings of one mailbox are equal: letters that look alike to
    /// people (NFKC) and their case make no difference.
    pub fn normalized(&self) -> String {
        normalized(&self.0)
    }

    /// The mailbox that it leads to, whatever tag it has, so that each is counted once. `None` if it is no
    /// plain address: quoted parts and display names spell the same one in many ways, and a host is named.
    pub fn untagged_mailbox(&self) -> Option<String> {
        let normalized = self.normalized();
        let (user, host) = normalized.rsplit_once('@')?;
        let is_plain = !normalized.contains(['"', '\\', '<', '[']);
        is_plain.then(|| format!("{}@{host}", user.split('+').next().unwrap_or(user)))
    }
}

impl FromStr for Email {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // However the client composes its letters, they are written in one way.
        match text.trim().nfc().collect::<String>().parse::<EmailAddress>() {
            Ok(address) => Ok(Self(address.to_string())),
            Err(why) => Err(format!("'{text}' is no e-mail address: {why}")),
        }
    }
}

impl PartialSchema for Email {
    fn schema() -> RefOr<Schema> {
        let email = SchemaFormat::KnownFormat(KnownFormat::Email);
        ObjectBuilder::new().schema_type(Type::String).format(Some(email)).into()
    }
}

impl ToSchema for Email {
    fn name() -> Cow<'static, str> {
        "Email".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_and_a_description_has_several() {
        for broken in ["Cut\rX", "Cut\nX", "Cut\tX"] {
            assert!(broken.parse::<Text<200>>().is_err(), "{broken:?}");
            assert!(broken.parse::<Text<500>>().is_ok(), "{broken:?}");
        }
    }

    #[test]
    fn what_looks_empty_or_is_turned_around_is_illegible() {
        for wrong in [
            "\u{200b}",
            " \u{2060}\u{feff} ",
            "\u{3164}",
            "Anna \u{202e}gro.live",
            "\u{2067}Anna",
            " \u{301}",
        ] {
            assert!(legibility_problem(wrong).is_some(), "{wrong:?}");
            assert!(wrong.parse::<Text<200>>().is_ok(), "what was recorded is read: {wrong:?}");
        }
        for right in ["", " ", "Anna", "👩\u{200d}🔧", "می\u{200c}خواهم", "\u{200f}שלום"]
        {
            assert_eq!(legibility_problem(right), None, "{right:?}");
        }
    }

    #[test]
    fn a_mailbox_is_the_same_one_whatever_its_tag_and_case() {
        let mailbox = |address: &str| address.parse::<Email>().unwrap().untagged_mailbox();
        for same in ["anna@example.org", "Anna+1@EXAMPLE.org", "\u{ff41}nna+x+y@example.org"] {
            assert_eq!(mailbox(same).as_deref(), Some("anna@example.org"), "{same}");
        }
        for unusual in ["x1@[127.0.0.2]", "\"q 1\"@b.example"] {
            assert_eq!(mailbox(unusual), None, "{unusual}");
        }
    }
}
