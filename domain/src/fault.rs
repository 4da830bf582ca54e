//! What is wrong with one field of an input: for people, and by the keyword of JSON Schema that it does not
//! satisfy, so that programs can say it in other words.

use jsonschema::error::ValidationErrorKind;
use serde::{
    Deserialize, Serialize,
    de::{IntoDeserializer, value},
};
use serde_json::Number;
use utoipa::ToSchema;

/// One field that cannot be accepted as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fault {
    /// Where in the body, as a JSON pointer (RFC 6901): `/parameters/seats`.
    pub pointer: String,
    /// What is wrong with it, for people.
    pub message: String,
    /// The keyword of JSON Schema that it does not satisfy; none if no schema could say what is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub keyword: Option<Keyword>,
    /// What the keyword says, if that is a number: at most 60 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>, nullable = false, example = 60)]
    pub limit: Option<Number>,
}

/// A keyword of JSON Schema (2020-12) about a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Keyword {
    Type,
    Enum,
    Required,
    AdditionalProperties,
    Format,
    Pattern,
    MinLength,
    MaxLength,
    Minimum,
    Maximum,
    ExclusiveMinimum,
    ExclusiveMaximum,
    MultipleOf,
    MinItems,
    MaxItems,
    UniqueItems,
}

impl Fault {
    pub fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: message.into(), keyword: None, limit: None }
    }

    #[must_use]
    pub fn with_keyword(self, keyword: Keyword, limit: Option<Number>) -> Self {
        Self { keyword: Some(keyword), limit, ..self }
    }

    /// With the keyword that a validator names.
    pub(crate) fn with_kind(self, kind: &ValidationErrorKind) -> Self {
        let name: value::StrDeserializer<'_, value::Error> = kind.keyword().into_deserializer();
        match Keyword::deserialize(name) {
            Ok(keyword) => self.with_keyword(keyword, limit(kind)),
            Err(_) => self,
        }
    }
}

fn limit(kind: &ValidationErrorKind) -> Option<Number> {
    use ValidationErrorKind as Kind;
    match kind {
        Kind::MinLength { limit }
        | Kind::MaxLength { limit }
        | Kind::MinItems { limit }
        | Kind::MaxItems { limit } => Some((*limit).into()),
        Kind::Minimum { limit }
        | Kind::Maximum { limit }
        | Kind::ExclusiveMinimum { limit }
        | Kind::ExclusiveMaximum { limit } => limit.as_number().cloned(),
        Kind::MultipleOf { multiple_of } => Number::from_f64(*multiple_of),
        _ => None,
    }
}
