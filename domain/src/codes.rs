//! Codes by which the world identifies things, each in one spelling.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

use crate::macros::{letter_code, text_newtype};

/// The number under which the state knows an organisation, in the one spelling that identifies:
/// capital letters and digits only. `de 123.456-789` is `DE123456789`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TaxId(String);

text_newtype!(TaxId);

impl FromStr for TaxId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let characters = text.chars().filter(|c| !" .-/".contains(*c));
        let normalized: String = characters.map(|c| c.to_ascii_uppercase()).collect();
        let is_allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
        if (4..=20).contains(&normalized.len()) && normalized.chars().all(is_allowed) {
            Ok(Self(normalized))
        } else {
            Err("is no tax id: 4 to 20 letters and digits, such as DE123456789".into())
        }
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

text_newtype!(Sku);

impl FromStr for Sku {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let normalized = text.trim().to_ascii_uppercase();
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
        if (1..=64).contains(&normalized.len()) && normalized.chars().all(is_allowed) {
            Ok(Self(normalized))
        } else {
            Err("is no SKU: 1 to 64 letters, digits, dots, dashes and underscores".into())
        }
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

letter_code!(Country, "ISO 3166-1 country code such as DE");

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
