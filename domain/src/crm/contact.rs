//! How a customer is reached.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Email, Personal, macros::text_newtype};

/// A way to reach a customer, as it is entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Contact {
    /// An e-mail address.
    Email { value: Email },
    /// A telephone number.
    Phone { value: Phone },
}

impl Contact {
    pub const fn kind(&self) -> ContactKind {
        match self {
            Self::Email { .. } => ContactKind::Email,
            Self::Phone { .. } => ContactKind::Phone,
        }
    }

    /// The address or the number itself.
    pub fn value(&self) -> &str {
        match self {
            Self::Email { value } => value.as_str(),
            Self::Phone { value } => value.as_str(),
        }
    }
}

/// By which means a customer is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContactKind {
    Email,
    Phone,
}

/// One of a customer's contact points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContactPoint {
    /// Its number among the contact points this customer ever had, from 1.
    pub key: u32,
    pub kind: ContactKind,
    /// The address or the number.
    pub value: Personal<String>,
}

impl ContactPoint {
    /// Whether it reaches the customer in the same way as `contact`.
    pub fn is_same_as(&self, contact: &Contact) -> bool {
        self.kind == contact.kind() && self.value.get().is_some_and(|own| own == contact.value())
    }
}

/// A telephone number: 3 to 15 digits, a `+` before them if it is international. Blanks, brackets
/// and strokes that people type between the digits are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, example = "+49 30 901820")]
pub struct Phone(String);

text_newtype!(Phone);

impl FromStr for Phone {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let typed = text.trim();
        let (plus, rest) = match typed.strip_prefix('+') {
            Some(rest) => ("+", rest),
            None => ("", typed),
        };
        let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
        let strange = |c: char| !c.is_ascii_digit() && !" ()-./\u{a0}".contains(c);
        if rest.contains(strange) || !(3..=15).contains(&digits.len()) {
            return Err(format!("'{text}' is no telephone number"));
        }
        Ok(Self(format!("{plus}{digits}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_telephone_number_is_its_digits() {
        let number = |text: &str| text.parse::<Phone>().map(String::from);
        assert_eq!(number(" +49 (30) 90-18.20 "), Ok("+4930901820".into()));
        assert_eq!(number("030/901820"), Ok("030901820".into()));
        for wrong in ["", "12", "+1234567890123456", "call me", "030+901820"] {
            assert!(number(wrong).is_err(), "{wrong}");
        }
    }
}
