//! Schemas of what aggregates are told and answer, under names that mean one thing in the document.

use domain::Decider;
use serde_json::{Map, Value, json};
use utoipa::{PartialSchema, ToSchema};

use crate::{
    contracts::each_reference,
    reads::{Item, List, Row},
};

/// The schema of `T`, and of all it refers to. Where two aggregates may mean different things by
/// one name, it gets the aggregate's before it.
pub(super) fn qualified<D: Decider, T: ToSchema>() -> (Value, Map<String, Value>) {
    let mut named = vec![];
    T::schemas(&mut named);
    let named: Vec<_> = named.into_iter().map(|(name, schema)| (name, json!(schema))).collect();
    let shared = |name: &str| {
        let found = named.iter().find(|(other, _)| other == name);
        found.is_some_and(|(_, schema)| is_plain(schema))
    };
    let rename = |mut schema: Value| {
        each_reference(&mut schema, &mut |reference| {
            let name = reference.trim_start_matches("#/components/schemas/");
            if !shared(name) {
                *reference = format!("#/components/schemas/{}.{name}", D::NAME);
            }
        });
        schema
    };
    let all = named.iter().map(|(name, schema)| {
        let full = if shared(name) { name.clone() } else { format!("{}.{name}", D::NAME) };
        (full, rename(schema.clone()))
    });
    (rename(json!(T::schema())), all.collect())
}

/// A row of a read model, and the schemas that it refers to.
pub(super) fn row<D: Decider, T: ToSchema>() -> (Value, Map<String, Value>) {
    let (row, mut schemas) = qualified::<D, T>();
    let name = format!("{}.{}", D::NAME, T::name());
    let row = open(row, &schemas);
    schemas.insert(name.clone(), row);
    let mut row = json!(Row::<Value>::schema());
    // What it says comes first, then what every row has.
    row["allOf"][0] = json!({ "$ref": format!("#/components/schemas/{name}") });
    (row, schemas)
}

/// An item that a schema describes.
pub(super) fn item_of(data: Value) -> Value {
    let mut item = json!(Item::<Value>::schema());
    item["properties"]["data"] = data;
    item
}

/// A list of what a schema describes.
pub(crate) fn list_of(item: Value) -> Value {
    let mut list = json!(List::<Value>::schema());
    list["properties"]["data"]["items"] = item;
    list
}

/// A row has more than what it is made of: a part that allows no other field stands for itself
/// only in bodies.
fn open(mut row: Value, schemas: &Map<String, Value>) -> Value {
    for part in row["allOf"].as_array_mut().into_iter().flatten() {
        let name = part["$ref"].as_str().and_then(|place| place.rsplit('/').next());
        if let Some(whole) = name.and_then(|name| schemas.get(name)) {
            *part = whole.clone();
        }
        if let Some(fields) = part.as_object_mut() {
            fields.remove("additionalProperties");
        }
    }
    row
}

/// Ids, texts and the like mean the same everywhere.
fn is_plain(schema: &Value) -> bool {
    matches!(schema["type"].as_str(), Some("string" | "integer")) && schema.get("enum").is_none()
}
