//! The schema of problems.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::schema::{Object, SchemaType, Type},
};

use super::{ProblemDetails, code::all_codes};

/// What some problems say besides; it depends on the code.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what `more` may hold")]
struct FurtherDetails {
    /// The right that the caller lacks.
    #[schema(nullable = false)]
    right: Option<String>,
    /// What the token would have to be for.
    #[schema(nullable = false)]
    scope: Option<String>,
    /// `invalid_token`, as RFC 6750 says it.
    #[schema(nullable = false)]
    error: Option<String>,
    /// How the caller may show that it is they.
    #[schema(nullable = false)]
    methods: Option<Vec<String>>,
    /// The present version of the item.
    #[schema(nullable = false)]
    current: Option<i32>,
    /// The version at which it is parked by now.
    #[schema(nullable = false)]
    version: Option<i32>,
    /// The formats there are.
    #[schema(nullable = false)]
    offered: Option<Vec<String>>,
    /// Where it says how to go on.
    #[schema(nullable = false)]
    help: Option<String>,
    /// What is taken: `resource`.
    #[schema(nullable = false)]
    what: Option<String>,
    /// Which of them it is about: an id, or the number of an entry.
    #[schema(schema_with = key_schema)]
    key: Option<Value>,
    /// Since when it is taken.
    #[schema(nullable = false)]
    from: Option<DateTime<Utc>>,
    /// Until when it is taken.
    #[schema(nullable = false)]
    until: Option<DateTime<Utc>>,
}

fn key_schema() -> Object {
    Object::with_type(SchemaType::from_iter([Type::String, Type::Integer]))
}

/// The schema of all problems.
pub(crate) fn schema() -> Value {
    let (mut schema, further) = (json!(ProblemDetails::schema()), json!(FurtherDetails::schema()));
    for (name, field) in further["properties"].as_object().into_iter().flatten() {
        schema["properties"][name] = field.clone();
    }
    schema
}

/// The schema of all problems, with the codes and the rules that they may name.
pub(crate) fn schema_with_names() -> Value {
    let mut schema = schema();
    schema["x-codes"] = json!(all_codes());
    schema["x-rules"] = json!(domain::RULES);
    schema
}
