//! Codes by which the world identifies things, each in one spelling.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

/// The number under which the state knows an organisation, in the one spelling that identifies:
/// capital letters and digits only. `de 123.456-789` is `DE123456789`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TaxId(String);

impl TaxId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TaxId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let signs = text.chars().filter(|sign| !" .-/".contains(*sign));
        let spelled: String = signs.map(|sign| sign.to_ascii_uppercase()).collect();
        let known = |sign: char| sign.is_ascii_uppercase() || sign.is_ascii_digit();
        if (4..=20).contains(&spelled.len()) && spelled.chars().all(known) {
            Ok(Self(spelled))
        } else {
            Err("is no tax id: 4 to 20 letters and digits, such as DE123456789".into())
        }
    }
}

impl TryFrom<String> for TaxId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<TaxId> for String {
    fn from(id: TaxId) -> Self {
        id.0
    }
}

impl fmt::Display for TaxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialSchema for TaxId {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String);
        text.min_length(Some(4)).max_length(Some(40)).examples(["DE123456789"]).into()
    }
}

impl ToSchema for TaxId {}

/// What orders call a product, in the one spelling that identifies: 1 to 64 capital letters,
/// digits, dots, dashes and underscores. `cad-pro` is `CAD-PRO`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sku(String);

impl Sku {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Sku {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let spelled = text.trim().to_ascii_uppercase();
        let known = |sign: char| sign.is_ascii_alphanumeric() || ".-_".contains(sign);
        if (1..=64).contains(&spelled.len()) && spelled.chars().all(known) {
            Ok(Self(spelled))
        } else {
            Err("is no SKU: 1 to 64 letters, digits, dots, dashes and underscores".into())
        }
    }
}

impl TryFrom<String> for Sku {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Sku> for String {
    fn from(sku: Sku) -> Self {
        sku.0
    }
}

impl fmt::Display for Sku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialSchema for Sku {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String);
        text.pattern(Some("^[A-Za-z0-9._-]{1,64}$")).examples(["CAD-PRO"]).into()
    }
}

impl ToSchema for Sku {}

/// A country by ISO 3166-1: two capital letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[A-Z]{2}$", example = "DE")]
pub struct Country([u8; 2]);

impl FromStr for Country {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match <[u8; 2]>::try_from(text.as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_uppercase) => Ok(Self(code)),
            _ => Err(format!("'{text}' is no ISO 3166-1 country code such as DE")),
        }
    }
}

impl TryFrom<String> for Country {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.to_string()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|&letter| write!(f, "{}", char::from(letter)))
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_code_are_equal() {
        let tax = |text: &str| text.parse::<TaxId>();
        assert_eq!(tax("de 123.456-789"), tax("DE123456789"));
        assert!(tax("DE1").is_err() && tax("ÄÖ123456").is_err());
        let sku = |text: &str| text.parse::<Sku>();
        assert_eq!(sku("cad-pro"), sku("CAD-PRO"));
        assert!(sku("").is_err() && sku("cad pro").is_err());
    }
}
