//! Which keyword of JSON Schema a message speaks of: serde has nothing but messages.

use domain::Keyword;
use serde_json::Number;

/// The keyword that a value did not satisfy, with its limit. What our own types say of texts, and no schema
/// knows a number of, is about their format.
pub(super) fn violated_keyword(message: &str) -> (Keyword, Option<Number>) {
    const KEYWORDS: &[(&str, Keyword)] = &[
        ("missing field", Keyword::Required),
        ("unknown field", Keyword::AdditionalProperties),
        ("unknown variant", Keyword::Enum),
        ("invalid type", Keyword::Type),
    ];
    let named = KEYWORDS.iter().find(|(prefix, _)| message.starts_with(prefix));
    if let Some((_, keyword)) = named {
        return (*keyword, None);
    }
    let limit = text_limit(message).or_else(|| number_limit(message));
    limit.map_or((Keyword::Format, None), |(keyword, limit)| (keyword, Some(limit)))
}

/// `must not be empty`, `is 70 characters long; at most 60 fit`.
fn text_limit(message: &str) -> Option<(Keyword, Number)> {
    if message == "must not be empty" {
        return Some((Keyword::MinLength, 1.into()));
    }
    let (_, most) = message.split_once(" characters long; at most ")?;
    let most: u64 = most.strip_suffix(" fit")?.parse().ok()?;
    Some((Keyword::MaxLength, most.into()))
}

/// ``invalid value: integer `70000`, expected u16``.
fn number_limit(message: &str) -> Option<(Keyword, Number)> {
    let (number, expected) =
        message.strip_prefix("invalid value: integer `")?.split_once("`, expected ")?;
    let (least, most): (i64, i64) = match expected {
        "u8" => (0, u8::MAX.into()),
        "u16" => (0, u16::MAX.into()),
        "u32" => (0, u32::MAX.into()),
        "i16" => (i16::MIN.into(), i16::MAX.into()),
        "i32" => (i32::MIN.into(), i32::MAX.into()),
        "u64" | "usize" => (0, i64::MAX),
        _ => return None,
    };
    let too_small = number.starts_with('-');
    Some(if too_small { (Keyword::Minimum, least.into()) } else { (Keyword::Maximum, most.into()) })
}

#[cfg(test)]
mod tests {
    use domain::{Email, Text};
    use serde::{Deserialize, de::DeserializeOwned};
    use serde_json::{Value, json};

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "snake_case")]
    #[expect(dead_code, reason = "it is only read")]
    struct Seats {
        seats: u16,
        kind: Option<Kind>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Stool,
    }

    fn of<T: DeserializeOwned>(value: Value) -> (Keyword, Option<Number>) {
        let message = serde_json::from_value::<T>(value).err().unwrap().to_string();
        violated_keyword(&message)
    }

    #[test]
    fn what_cannot_be_read_names_the_keyword_and_its_limit() {
        assert_eq!(of::<Text<5>>(json!(" ")), (Keyword::MinLength, Some(1.into())));
        assert_eq!(of::<Text<5>>(json!("Johannes")), (Keyword::MaxLength, Some(5.into())));
        assert_eq!(of::<Text<5>>(json!(7)), (Keyword::Type, None));
        assert_eq!(of::<Email>(json!("anna")), (Keyword::Format, None));
        assert_eq!(of::<Seats>(json!({})), (Keyword::Required, None));
        assert_eq!(of::<Seats>(json!({ "seats": -1 })), (Keyword::Minimum, Some(0.into())));
        assert_eq!(
            of::<Seats>(json!({ "seats": 70_000 })),
            (Keyword::Maximum, Some(65_535.into()))
        );
        let unknown = json!({ "seats": 1, "kind": "sofa" });
        assert_eq!(of::<Seats>(unknown), (Keyword::Enum, None));
        let further = json!({ "seats": 1, "sofas": 1 });
        assert_eq!(of::<Seats>(further), (Keyword::AdditionalProperties, None));
    }
}
