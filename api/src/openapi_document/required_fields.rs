//! Which fields of answers are always sent.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Makes fields of answers `required` that are always sent, though they may be null: in the schemas to
/// which no request refers. A field that may be left out says `nullable = false`.
pub(super) fn mark_sent_fields_required(document: &mut Value) {
    let schemas = document["components"]["schemas"].clone();
    let (mut answered, mut requested) = (BTreeSet::new(), BTreeSet::new());
    for operation in operations(document) {
        for schema in answers(operation) {
            collect_references(schema, &schemas, &mut answered);
            require_nullable(schema);
        }
        for part in ["parameters", "requestBody"] {
            collect_references(&operation[part], &schemas, &mut requested);
        }
    }
    for name in answered.difference(&requested) {
        require_nullable(&mut document["components"]["schemas"][name]);
    }
}

/// Makes the fields of an object `required` that may be null, and those of objects in it.
fn require_nullable(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    let nullable: Vec<String> = fields(object)
        .filter(|(_, field)| is_nullable(field))
        .map(|(name, _)| name.clone())
        .collect();
    if !nullable.is_empty() {
        let required = object.entry("required").or_insert_with(|| Value::Array(vec![]));
        let required = required.as_array_mut().into_iter();
        required.for_each(|required| {
            let more = nullable.iter().filter(|name| !required.iter().any(|old| old == *name));
            let more: Vec<_> = more.cloned().map(Value::String).collect();
            required.extend(more);
        });
    }
    let inner = object.get_mut("properties").and_then(Value::as_object_mut);
    inner.into_iter().flat_map(|fields| fields.values_mut()).for_each(require_nullable);
    object.get_mut("items").into_iter().for_each(require_nullable);
    let parts = object.get_mut("allOf").and_then(Value::as_array_mut);
    parts.into_iter().flatten().for_each(require_nullable);
}

fn fields(object: &Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    object.get("properties").and_then(Value::as_object).into_iter().flatten()
}

fn is_nullable(schema: &Value) -> bool {
    let allows_null = |kind: &Value| kind == "null";
    let types = schema["type"].as_array().into_iter().flatten();
    let choices = ["oneOf", "anyOf"].into_iter().filter_map(|key| schema[key].as_array());
    types.chain(choices.flatten().map(|choice| &choice["type"])).any(allows_null)
}

fn operations(document: &mut Value) -> impl Iterator<Item = &mut Value> {
    let items = document["paths"].as_object_mut().into_iter().flatten();
    items.flat_map(|(_, item)| item.as_object_mut().into_iter().flatten()).map(|(_, value)| value)
}

/// The schemas of an operation's successful answers.
fn answers(operation: &mut Value) -> impl Iterator<Item = &mut Value> {
    let responses = operation["responses"].as_object_mut().into_iter().flatten();
    let successes = responses.filter(|(status, _)| status.starts_with('2'));
    let contents = successes.filter_map(|(_, answer)| answer.get_mut("content")?.as_object_mut());
    contents.flatten().filter_map(|(_, content)| content.get_mut("schema"))
}

/// Adds the names of the schemas to which a part of the document refers, directly or by others.
pub(super) fn collect_references(part: &Value, schemas: &Value, found: &mut BTreeSet<String>) {
    match part {
        Value::Object(fields) => {
            let name = part["$ref"].as_str().and_then(|place| place.rsplit('/').next());
            if let Some(name) = name
                && found.insert(name.to_owned())
            {
                collect_references(&schemas[name], schemas, found);
            }
            for field in fields.values() {
                collect_references(field, schemas, found);
            }
        }
        Value::Array(parts) => {
            for part in parts {
                collect_references(part, schemas, found);
            }
        }
        _ => {}
    }
}
