//! Changes of optional fields in JSON merge patches.

use serde::{Deserialize, Deserializer, Serialize};

/// What a change does to a value that may be missing (JSON merge patch, RFC 7396): leaves it when
/// the field is absent, clears it when it is null, sets it otherwise.
///
/// A field of this type is `#[serde(default, skip_serializing_if = "Change::is_keep")]`, and is published
/// as an optional `T`: `#[schema(value_type = Option<T>)]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Change<T> {
    #[default]
    Keep,
    Clear,
    Set(T),
}

impl<T> Change<T> {
    pub fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// The value after the change.
    pub fn applied_to(self, before: Option<T>) -> Option<T> {
        match self {
            Self::Keep => before,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }

    /// The same change with the new value converted.
    pub fn map<U>(self, into: impl FnOnce(T) -> U) -> Change<U> {
        match self {
            Self::Keep => Change::Keep,
            Self::Clear => Change::Clear,
            Self::Set(value) => Change::Set(into(value)),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Clear, Self::Set))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Patch {
        #[serde(default, skip_serializing_if = "Change::is_keep")]
        age: Change<u8>,
    }

    #[test]
    fn absent_keeps_null_clears_and_a_value_sets() {
        for (text, change, after) in [
            ("{}", Change::Keep, Some(1)),
            (r#"{"age":null}"#, Change::Clear, None),
            (r#"{"age":7}"#, Change::Set(7), Some(7)),
        ] {
            let patch: Patch = serde_json::from_str(text).unwrap();
            assert_eq!(patch, Patch { age: change });
            assert_eq!(serde_json::to_string(&patch).unwrap(), text);
            assert_eq!(patch.age.applied_to(Some(1)), after);
        }
    }
}
