//! The published schemas of every event, and of the messages of purchase systems.

use std::collections::{BTreeMap, BTreeSet};

use commands::{AggregateVisitor, Handler};
use domain::{purchasing::feed, schema_version_of, wire_name};
use serde_json::{Map, Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ArrayBuilder, OneOfBuilder, Ref, RefOr, Schema},
};

use crate::type_schema::TypeSchema;

/// The published contract of one kind of event.
#[derive(Debug, Clone)]
pub struct EventContract {
    /// Its name on the wire: `CustomerCreated`.
    pub name: String,
    /// The kind of aggregate that it happens to: `crm.customer`.
    pub stream: &'static str,
    /// What it means.
    pub summary: Option<String>,
    /// JSON Schema (2020-12) of its data.
    pub schema: Value,
}

/// Every kind of event there is.
pub fn event_contracts() -> Vec<EventContract> {
    let mut events = EventCollector(Vec::new());
    commands::visit_aggregates(&mut events);
    events.0
}

/// The schema name of the messages of purchase systems.
pub(crate) const PURCHASE_MESSAGE_NAME: &str = "PurchaseMessage";

/// The schema of a purchase system's messages, over HTTP and on the bus, and those that it refers to.
pub(crate) fn purchase_message_schemas() -> Map<String, Value> {
    let schema = serde_json::from_str(feed::SCHEMA).unwrap_or_default();
    components(schema, PURCHASE_MESSAGE_NAME, PURCHASE_MESSAGE_NAME)
}

/// A schema that is a document of its own, as components of another. What it defines for itself gets names that
/// begin with `prefix`.
pub(crate) fn components(mut schema: Value, name: &str, prefix: &str) -> Map<String, Value> {
    let part = |name: &str| format!("{prefix}.{name}");
    for_each_reference(&mut schema, &mut |reference| {
        if let Some(name) = reference.strip_prefix("#/$defs/") {
            *reference = format!("#/components/schemas/{}", part(name));
        }
    });
    let mut schemas = Map::new();
    if let Some(fields) = schema.as_object_mut() {
        fields.remove("$schema");
        // References would be relative to it.
        fields.remove("$id");
        if let Some(Value::Object(parts)) = fields.remove("$defs") {
            schemas.extend(parts.into_iter().map(|(name, schema)| (part(&name), schema)));
        }
    }
    schemas.insert(name.to_owned(), schema);
    schemas
}

/// One message of a purchase system, or a list of them.
pub(crate) struct OneOrManyPurchaseMessages;

impl PartialSchema for OneOrManyPurchaseMessages {
    fn schema() -> RefOr<Schema> {
        let one = Ref::from_schema_name(PURCHASE_MESSAGE_NAME);
        OneOfBuilder::new().item(one.clone()).item(ArrayBuilder::new().items(one)).into()
    }
}

impl ToSchema for OneOrManyPurchaseMessages {}

struct EventCollector(Vec<EventContract>);

impl AggregateVisitor for EventCollector {
    fn visit<A: Handler>(&mut self) {
        let events = TypeSchema::of::<A::Event>();
        self.0.extend(events_of(A::NAME, events, wire_name::<A>, schema_version_of::<A>));
    }
}

fn events_of(
    stream: &'static str,
    events: TypeSchema,
    wire_name: fn(&str) -> String,
    schema_version: fn(&str) -> i16,
) -> Vec<EventContract> {
    let named: BTreeMap<_, _> = events
        .referred
        .into_iter()
        .map(|(name, schema)| (name, with_local_references(json!(schema))))
        .collect();

    enum_variants(json!(events.schema))
        .filter_map(|variant| {
            let (name, data) = variant["properties"].as_object()?.iter().next()?;
            let mut schema = match with_local_references(data.clone()) {
                Value::Object(schema) => schema,
                _ => Map::new(),
            };
            let summary = variant["description"].as_str().map(str::to_owned);
            let kind = wire_name(name);
            schema.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
            let urn = format!("urn:servicebook:event:{kind}:{}", schema_version(name));
            schema.insert("$id".into(), urn.into());
            schema.insert("title".into(), kind.clone().into());
            if let Some(summary) = &summary {
                schema.insert("description".into(), summary.clone().into());
            }
            let mut schema = Value::Object(schema);
            let defs = reachable(&schema, &named);
            if !defs.is_empty() {
                schema["$defs"] = json!(defs);
            }
            Some(EventContract { name: kind, stream, summary, schema })
        })
        .collect()
}

/// An enum is `oneOf` its variants; one of a single variant is just that.
pub(crate) fn enum_variants(schema: Value) -> impl Iterator<Item = Value> {
    match schema {
        Value::Object(mut fields) if fields.contains_key("oneOf") => match fields.remove("oneOf") {
            Some(Value::Array(variants)) => variants.into_iter(),
            _ => Vec::new().into_iter(),
        },
        other => vec![other].into_iter(),
    }
}

/// References within the document itself, not into an OpenAPI document.
fn with_local_references(mut schema: Value) -> Value {
    for_each_reference(&mut schema, &mut |reference| {
        *reference = reference.replace("#/components/schemas/", "#/$defs/");
    });
    schema
}

fn reachable(schema: &Value, named: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    let mut pending = references(schema);
    while let Some(name) = pending.pop_first() {
        if let (Some(schema), false) = (named.get(&name), found.contains_key(&name)) {
            pending.extend(references(schema));
            found.insert(name, schema.clone());
        }
    }
    found
}

fn references(schema: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for_each_reference(&mut schema.clone(), &mut |reference| {
        names.extend(reference.strip_prefix("#/$defs/").map(str::to_owned));
    });
    names
}

pub(crate) fn for_each_reference(schema: &mut Value, change: &mut impl FnMut(&mut String)) {
    match schema {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(reference) if name == "$ref" => change(reference),
                    value => for_each_reference(value, change),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| for_each_reference(item, change)),
        _ => {}
    }
}
