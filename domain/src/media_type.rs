//! Media types, which say what a file holds.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::macros::text_newtype;

/// What a file holds (RFC 6838): `image/png`, in lower case and without parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, max_length = 127, pattern = "^[a-z0-9.+_-]+/[a-z0-9.+_-]+$",
    example = "application/pdf")]
pub struct MediaType(String);

text_newtype!(MediaType);

impl FromStr for MediaType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let is_part = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|c| c.is_ascii_alphanumeric() || b".+_-".contains(&c))
        };
        match essence.split_once('/') {
            Some((kind, subtype)) if is_part(kind) && is_part(subtype) && essence.len() <= 127 => {
                Ok(Self(essence))
            }
            _ => Err(format!("'{text}' is no media type like image/png")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_type_has_one_spelling() {
        let parsed = |text: &str| text.parse::<MediaType>();
        assert_eq!(parsed("Text/Plain; charset=utf-8").unwrap().as_str(), "text/plain");
        for bad in ["", "text", "text/", "/plain", "text/a b", "text/plain/x", "a/b\r\nX: y"] {
            assert!(parsed(bad).is_err(), "{bad}");
        }
    }
}
