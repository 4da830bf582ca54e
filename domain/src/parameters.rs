//! What a product can be bought with: seats, an edition, modules.

use std::{fmt, str::FromStr};

use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

use crate::Fault;

mod widening;

/// Values by name, as a [`ParameterSchema`] declares them.
pub type Parameters = Map<String, Value>;

/// The parameters of a product, declared as a JSON Schema (2020-12) of an object.
///
/// Reading one from the store checks nothing, so that an accepted schema stays readable for ever;
/// [`declaration_faults`](Self::declaration_faults) are looked for when it is defined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object)]
pub struct ParameterSchema(Map<String, Value>);

impl ParameterSchema {
    /// Why this is no usable declaration; empty if it is one.
    pub fn declaration_faults(&self) -> Vec<Fault> {
        if self.0.get("type").is_none_or(|kind| kind != "object") {
            let message = "parameters are an object: \"type\" must be \"object\"".to_owned();
            return vec![Fault::new("/type", message)];
        }
        let flaw = compile_validator(&self.0).err();
        flaw.map(|flaw| fault(&flaw, "")).into_iter().collect()
    }

    /// What is wrong with the parameters, each with a pointer that begins with `at`.
    /// No message repeats a value: it may be someone's personal data.
    pub fn parameter_faults(&self, parameters: &Parameters, at: &str) -> Vec<Fault> {
        let parameters = Value::Object(parameters.clone());
        match compile_validator(&self.0) {
            Ok(validator) => validation_faults(&validator, &parameters, at),
            Err(flaw) => vec![fault(&flaw, at)],
        }
    }

    /// Why parameters that satisfied this schema might not satisfy the next one, each with a
    /// pointer into the next one. Empty: all of them will. In doubt it says no.
    pub fn incompatibilities_with(&self, next: &Self) -> Vec<Fault> {
        widening::incompatibilities(&self.0, &next.0)
    }
}

/// Compiles a schema. It never fetches anything, and its patterns take linear time.
pub(crate) fn compile_validator(
    schema: &Map<String, Value>,
) -> Result<Validator, ValidationError<'static>> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(PatternOptions::regex())
        .should_validate_formats(true)
        .offline()
        .build(&Value::Object(schema.clone()))
}

/// What is wrong with a value, without repeating it.
pub(crate) fn validation_faults(validator: &Validator, value: &Value, at: &str) -> Vec<Fault> {
    validator.iter_errors(value).map(|flaw| fault(&flaw, at)).collect()
}

/// A product that declares nothing has no parameters.
impl Default for ParameterSchema {
    fn default() -> Self {
        let no_parameters = [("type", Value::from("object")), ("maxProperties", Value::from(0))];
        Self(
            no_parameters.map(|(keyword, value)| (keyword.to_owned(), value)).into_iter().collect(),
        )
    }
}

impl From<Map<String, Value>> for ParameterSchema {
    fn from(schema: Map<String, Value>) -> Self {
        Self(schema)
    }
}

fn fault(flaw: &ValidationError<'_>, at: &str) -> Fault {
    Fault::new(format!("{at}{}", flaw.instance_path()), flaw.masked().to_string())
        .with_kind(flaw.kind())
}

/// Which declaration parameters were checked against: `2.1`.
///
/// What satisfied 2.0 satisfies 2.1; 3.0 may refuse it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SchemaVersion {
    pub major: u16,
    pub minor: u16,
}

impl FromStr for SchemaVersion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('.');
        let version = parts.and_then(|(major, minor)| {
            Some(Self { major: major.parse().ok()?, minor: minor.parse().ok()? })
        });
        version.ok_or_else(|| format!("'{text}' is no version such as 2.1"))
    }
}

impl TryFrom<String> for SchemaVersion {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<SchemaVersion> for String {
    fn from(version: SchemaVersion) -> Self {
        version.to_string()
    }
}

impl fmt::Display for SchemaVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl PartialSchema for SchemaVersion {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String);
        text.pattern(Some(r"^\d+\.\d+$")).examples(["2.1"]).into()
    }
}

impl ToSchema for SchemaVersion {}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Keyword;

    fn schema(value: Value) -> ParameterSchema {
        serde_json::from_value(value).unwrap()
    }

    fn pointers(faults: &[Fault]) -> Vec<&str> {
        faults.iter().map(|fault| fault.pointer.as_str()).collect()
    }

    #[test]
    fn a_fault_points_at_the_parameter_and_keeps_its_value_to_itself() {
        let schema = schema(json!({
            "type": "object",
            "properties": { "seats": { "type": "integer", "minimum": 1 }, "mail": { "maxLength": 3 } },
        }));
        assert_eq!(schema.declaration_faults(), []);
        let parameters = json!({ "seats": 0, "mail": "anna@example.org" });
        let faults = schema.parameter_faults(parameters.as_object().unwrap(), "/parameters");
        let mut places = pointers(&faults);
        places.sort_unstable();
        assert_eq!(places, ["/parameters/mail", "/parameters/seats"]);
        assert!(faults.iter().all(|fault| !fault.message.contains("anna")), "{faults:?}");
        let limit = |keyword| {
            faults
                .iter()
                .find(|fault| fault.keyword == Some(keyword))
                .and_then(|it| it.limit.clone())
        };
        assert_eq!(limit(Keyword::Minimum), Some(1.into()));
        assert_eq!(limit(Keyword::MaxLength), Some(3.into()));
    }

    #[test]
    fn a_declaration_is_a_schema_of_an_object_and_needs_nothing_from_elsewhere() {
        assert_eq!(pointers(&schema(json!({ "type": "string" })).declaration_faults()), ["/type"]);
        let wrong = json!({ "type": "object", "properties": { "a": { "minimum": "x" } } });
        assert_eq!(pointers(&schema(wrong).declaration_faults()), ["/properties/a/minimum"]);
        let remote = json!({ "type": "object", "$ref": "https://example.org/schema.json" });
        assert_eq!(schema(remote).declaration_faults().len(), 1);
    }

    #[test]
    fn without_a_declaration_there_are_no_parameters() {
        let no_parameters = ParameterSchema::default();
        assert_eq!(no_parameters.declaration_faults(), []);
        assert_eq!(no_parameters.parameter_faults(&Parameters::new(), ""), []);
        assert_eq!(
            no_parameters.parameter_faults(json!({ "a": 1 }).as_object().unwrap(), "").len(),
            1
        );
    }

    #[test]
    fn versions_are_ordered_as_numbers() {
        let version = |text: &str| text.parse::<SchemaVersion>().unwrap();
        assert!(version("2.10") > version("2.9"));
        assert_eq!(version("2.10").to_string(), "2.10");
        assert!("2".parse::<SchemaVersion>().is_err());
    }
}
