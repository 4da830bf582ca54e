//! Made-up values that a schema allows: for dry decisions, for the samples of events, and for tests of what the API takes.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// Texts in formats that schemas do not describe: one of these is usually accepted.
pub const SAMPLE_TEXTS: &[&str] =
    &["word", "2.1", "DE", "EUR", "2030-01-07", "09:00", "09:00:00", "Mon"];
/// Others in the same formats.
pub(crate) const OTHER_SAMPLE_TEXTS: &[&str] =
    &["other", "2.2", "AT", "CHF", "2031-01-07", "10:00", "10:00:00", "Tue"];

/// Something that a schema allows. `root` holds what it refers to: in `$defs`, or in the components
/// of an OpenAPI document. Texts without a format are made of `filler`.
pub fn sample(schema: &Value, root: &Value, filler: &str) -> Value {
    Sampler { root, filler, other: false }.sample(schema)
}

/// As [`sample`], with another value wherever the schema leaves a choice.
pub(crate) fn other_sample(schema: &Value, root: &Value, filler: &str) -> Value {
    Sampler { root, filler, other: true }.sample(schema)
}

/// The smallest object that a schema allows: its required fields, or one field if none is required.
pub fn minimal_sample(schema: &Value, root: &Value, filler: &str) -> Value {
    let Value::Object(mut fields) = sample(schema, root, filler) else { return Value::Null };
    let required_fields = required(schema, root);
    let first = fields.keys().next().cloned();
    fields.retain(|name, _| {
        required_fields.contains(name.as_str())
            || required_fields.is_empty() && first.as_ref() == Some(name)
    });
    fields.into()
}

fn required<'a>(schema: &'a Value, root: &'a Value) -> BTreeSet<&'a str> {
    if let Some(reference) = schema["$ref"].as_str() {
        let place = root.pointer(reference.trim_start_matches('#'));
        return place.map_or_else(BTreeSet::new, |schema| required(schema, root));
    }
    let parts = schema["allOf"].as_array().into_iter().flatten();
    let names = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    parts.flat_map(|part| required(part, root)).chain(names).collect()
}

struct Sampler<'a> {
    root: &'a Value,
    filler: &'a str,
    /// Whether to take the last choice instead of the first.
    other: bool,
}

impl Sampler<'_> {
    fn sample(&self, schema: &Value) -> Value {
        if let Some(reference) = schema["$ref"].as_str() {
            let place = reference.trim_start_matches('#');
            return self.root.pointer(place).map_or(Value::Null, |schema| self.sample(schema));
        }
        if let (false, example @ Value::Object(_)) = (self.other, &schema["examples"][0]) {
            return example.clone();
        }
        for choice in ["oneOf", "anyOf"] {
            if let Some(choices) = schema[choice].as_array() {
                let is_null = |choice: &&Value| choice["type"] == "null";
                let some = choices.iter().find(|choice| !is_null(choice));
                return some.map_or(Value::Null, |choice| self.sample(choice));
            }
        }
        if let Some(parts) = schema["allOf"].as_array() {
            let parts = parts.iter().map(|part| self.sample(part));
            return parts.fold(json!({}), |mut merged, part| match (&mut merged, part) {
                (Value::Object(merged), Value::Object(part)) => {
                    merged.extend(part);
                    json!(merged)
                }
                (_, part) => part,
            });
        }
        let fixed: &[_] = if self.other { &["const"] } else { &["const", "default", "example"] };
        for keyword in fixed {
            if !schema[keyword].is_null() {
                return schema[keyword].clone();
            }
        }
        let choices = schema["enum"].as_array();
        let choice = choices.and_then(|all| if self.other { all.last() } else { all.first() });
        if let Some(choice) = choice {
            return choice.clone();
        }
        let kind = match &schema["type"] {
            Value::Array(kinds) => kinds.iter().find(|kind| *kind != "null").cloned(),
            kind => Some(kind.clone()),
        };
        match kind.as_ref().and_then(Value::as_str) {
            Some("object") => Value::Object(self.fields(schema)),
            Some("array") => json!([self.sample(&schema["items"])]),
            Some("integer" | "number") => json!(self.number(schema)),
            Some("boolean") => json!(!self.other),
            Some("string") => match &schema["example"] {
                Value::Null => json!(self.text(schema)),
                example => example.clone(),
            },
            _ if self.other => json!(1),
            _ => json!({}),
        }
    }

    fn fields(&self, schema: &Value) -> Map<String, Value> {
        let values = &schema["additionalProperties"];
        if self.other && schema["properties"].is_null() && *values != false {
            let names = schema["propertyNames"]["enum"].as_array().and_then(|names| names.last());
            let name = names.and_then(Value::as_str).unwrap_or("other");
            return Map::from_iter([(name.to_owned(), self.sample(values))]);
        }
        let fields = schema["properties"].as_object().into_iter().flatten();
        let fields = fields.map(|(name, field)| match name.as_str() {
            // Schemas do not say which texts are time zones.
            "zone" if self.other => (name.clone(), json!("Europe/Paris")),
            "zone" => (name.clone(), json!("Europe/Berlin")),
            _ => (name.clone(), self.sample(field)),
        });
        // What is sealed cannot be made up: this is how it reads when its key is gone.
        fields.filter(|(name, _)| name != "sealed").collect()
    }

    fn number(&self, schema: &Value) -> i64 {
        let least = schema["minimum"].as_i64().unwrap_or(1).max(1);
        if self.other { schema["maximum"].as_i64().unwrap_or(least + 99) } else { least }
    }

    fn text(&self, schema: &Value) -> String {
        match (schema["format"].as_str(), schema["pattern"].as_str()) {
            (Some("uuid"), _) if self.other => "01890a5d-ac96-774b-bcce-b302099a8058".into(),
            (Some("uuid"), _) => "01890a5d-ac96-774b-bcce-b302099a8057".into(),
            (Some("date-time"), _) if self.other => "2031-01-07T10:00:00Z".into(),
            (Some("date-time"), _) => "2030-01-07T09:00:00Z".into(),
            (Some("date"), _) if self.other => "2031-01-07".into(),
            (Some("date"), _) => "2030-01-07".into(),
            (Some("time"), _) if self.other => "10:00:00".into(),
            (Some("time"), _) => "09:00:00".into(),
            (Some("email"), _) if self.other => "otto@example.com".into(),
            (Some("email"), _) => "anna@example.com".into(),
            (Some("uri" | "url"), _) => "https://example.com/".into(),
            (_, Some("^[0-9a-f]{64}$")) if self.other => "0b".repeat(32),
            (_, Some("^[0-9a-f]{64}$")) => "0a".repeat(32),
            (_, Some(r"^\d+\.\d+$")) => "2.1".into(),
            (_, Some(r"^\$argon2id\$")) => {
                let salt = if self.other { "b3RoZXJzYWx0" } else { "c2FsdHNhbHQ" };
                format!("$argon2id$v=19$m=19456,t=2,p=1${salt}$aGFzaA")
            }
            _ => {
                let shortest = schema["minLength"]
                    .as_u64()
                    .and_then(|shortest| usize::try_from(shortest).ok());
                let times = shortest.unwrap_or(1).div_ceil(self.filler.len()).max(1);
                self.filler.repeat(times)
            }
        }
    }
}
