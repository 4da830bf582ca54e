//! Refuses repeated headers and repeated names in JSON objects: programs differ in which of two values
//! they take (RFC 8259, 4).

use std::fmt;

use axum::http::{HeaderMap, header::AsHeaderName};
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};

/// Whether a header is there more than once.
pub(crate) fn is_repeated(headers: &HeaderMap, name: impl AsHeaderName) -> bool {
    headers.get_all(name).iter().nth(1).is_some()
}

/// A JSON value without repeated names.
struct Unique(Value);

/// Parses a JSON value; the error names a repeated name.
pub(crate) fn parse_without_duplicates(text: &[u8]) -> serde_json::Result<Value> {
    serde_json::from_slice::<Unique>(text).map(|Unique(value)| value)
}

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor).map(Self)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut collected = Vec::new();
        while let Some(Unique(item)) = items.next_element()? {
            collected.push(item);
        }
        Ok(Value::Array(collected))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut collected = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            if collected.contains_key(&name) {
                return Err(A::Error::custom(format_args!("the name {name:?} stands twice")));
            }
            let Unique(value) = fields.next_value()?;
            collected.insert(name, value);
        }
        Ok(Value::Object(collected))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_each_name_once_is_read_as_it_is() {
        let text = r#"{"a": [null, true, -1, 18446744073709551615, 0.5, "x", {}], "b": {"a": 1}}"#;
        assert_eq!(
            parse_without_duplicates(text.as_bytes()).unwrap(),
            serde_json::from_str::<Value>(text).unwrap()
        );
        assert!(
            parse_without_duplicates("[".repeat(10_000).as_bytes()).is_err(),
            "and not too deep"
        );
    }

    #[test]
    fn a_name_that_stands_twice_is_named() {
        for text in [r#"{"a": 1, "a": 1}"#, r#"{"b": [{"a": 1, "\u0061": 2}]}"#] {
            let why = parse_without_duplicates(text.as_bytes()).unwrap_err().to_string();
            assert!(why.contains("\"a\" stands twice at line 1"), "{why}");
        }
    }
}
