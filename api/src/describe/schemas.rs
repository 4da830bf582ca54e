//! Schemas of commands, refusals and rows, under names that are unique in the document.

use std::{collections::BTreeMap, mem};

use serde_json::{Map, Value, json};
use utoipa::PartialSchema;

use crate::{
    contracts::{enum_variants, for_each_reference},
    problem,
    reads::{Item, List, Row},
    type_schema::TypeSchema,
};

/// A schema, and all it refers to. Names that several aggregates may use for different things are prefixed with
/// the aggregate's name.
pub(super) fn qualified_schema(aggregate: &str, of: &TypeSchema) -> (Value, Map<String, Value>) {
    let named = of.referred.iter();
    let named: Vec<_> = named.map(|(name, schema)| (name, json!(schema))).collect();
    let shared = |name: &str| {
        let found = named.iter().find(|(other, _)| *other == name);
        found.is_some_and(|(_, schema)| is_shared_type(schema))
    };
    let rename = |mut schema: Value| {
        for_each_reference(&mut schema, &mut |reference| {
            let name = reference.trim_start_matches("#/components/schemas/");
            if !shared(name) {
                *reference = format!("#/components/schemas/{aggregate}.{name}");
            }
        });
        schema
    };
    let all = named.iter().map(|(name, schema)| {
        let full = if shared(name) { (*name).clone() } else { format!("{aggregate}.{name}") };
        (full, rename(schema.clone()))
    });
    (rename(json!(of.schema)), all.collect())
}

/// Problems that say why the business refuses, in one object: what only some refusals say is optional.
pub(super) fn merged_refusal_schema(refusal: Value, schemas: &Map<String, Value>) -> Value {
    let mut whole = problem::schema();
    whole["description"] = refusal["description"].clone();
    let (mut codes, mut more) = (vec![], BTreeMap::<String, Vec<Value>>::new());
    for (name, field) in enum_variants(refusal).flat_map(|variant| fields(variant, schemas)) {
        if name == "code" {
            codes.extend(field["enum"].as_array().into_iter().flatten().cloned());
        } else {
            let kinds = more.entry(name).or_default();
            if !kinds.contains(&field) {
                kinds.push(field);
            }
        }
    }
    whole["properties"]["code"]["enum"] = codes.into();
    for (name, mut kinds) in more {
        whole["properties"][name] = match &mut kinds[..] {
            [kind] => kind.take(),
            _ => json!({ "anyOf": kinds }),
        };
    }
    whole
}

/// The fields of an object, of what it is put together from as well.
fn fields(mut schema: Value, schemas: &Map<String, Value>) -> Vec<(String, Value)> {
    let name = schema["$ref"].as_str().and_then(|place| place.rsplit('/').next());
    let referred = name.and_then(|name| schemas.get(name)).cloned();
    let parts = schema["allOf"].as_array().cloned().unwrap_or_default();
    let own = schema["properties"].as_object_mut().map(mem::take).unwrap_or_default();
    let inner = parts.into_iter().chain(referred).flat_map(|part| fields(part, schemas));
    inner.chain(own).collect()
}

/// A row of a read model, and the schemas that it refers to.
pub(super) fn row_schema(aggregate: &str, of: &TypeSchema) -> (Value, Map<String, Value>) {
    let (row, mut schemas) = qualified_schema(aggregate, of);
    let name = format!("{aggregate}.{}", of.name);
    let row = allow_more_fields(row, &schemas);
    schemas.insert(name.clone(), row);
    let mut row = json!(Row::<Value>::schema());
    // Its own fields come first, then those that every row has.
    row["allOf"][0] = json!({ "$ref": format!("#/components/schemas/{name}") });
    (row, schemas)
}

/// An item that a schema describes.
pub(super) fn item_schema(data: Value) -> Value {
    let mut item = json!(Item::<Value>::schema());
    item["properties"]["data"] = data;
    item
}

/// A list of what a schema describes.
pub(crate) fn list_schema(item: Value) -> Value {
    let mut list = json!(List::<Value>::schema());
    list["properties"]["data"]["items"] = item;
    list
}

/// Inlines the parts of a row, and lets them have other fields: `additionalProperties: false` is
/// meant for request bodies only.
fn allow_more_fields(mut row: Value, schemas: &Map<String, Value>) -> Value {
    for part in row["allOf"].as_array_mut().into_iter().flatten() {
        let name = part["$ref"].as_str().and_then(|place| place.rsplit('/').next());
        if let Some(referred) = name.and_then(|name| schemas.get(name)) {
            *part = referred.clone();
        }
        if let Some(fields) = part.as_object_mut() {
            fields.remove("additionalProperties");
        }
    }
    row
}

/// Whether it is an id, a text or the like, which means the same everywhere.
fn is_shared_type(schema: &Value) -> bool {
    matches!(schema["type"].as_str(), Some("string" | "integer")) && schema.get("enum").is_none()
}
