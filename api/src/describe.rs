//! The OpenAPI of what is derived: one operation for each command, in the command's own words.

mod schemas;

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
};

use domain::Decider;
use projections::listing::{Field, Kind, LIMIT, Listing, Own};
use serde_json::{Map, Value, json};
use utoipa::{PartialSchema, ToSchema, openapi::OpenApi};

pub(crate) use self::schemas::list_of;
use self::schemas::{item_of, qualified, row};
use crate::{
    contracts::variants,
    dispatcher::CommandResponse,
    explain::Explained,
    history::HistoryEvent,
    reads::{Item, List},
};

/// One command, as it is asked for.
#[derive(Debug)]
pub(crate) struct Verb {
    /// Its tag on the wire: `add_contact_point`.
    pub(crate) name: String,
    /// The fields there are, where the schema lists them.
    pub(crate) fields: Option<BTreeSet<String>>,
    summary: Value,
    schema: Value,
}

impl Verb {
    /// Its name in a path: `add-contact-point`.
    pub(crate) fn segment(&self) -> String {
        self.name.replace('_', "-")
    }
}

/// Every command of an aggregate by its tag, which its schema lacks: the path says it already.
pub(crate) fn verbs<D: Decider>() -> BTreeMap<String, Verb> {
    let (schema, _) = qualified::<D, D::Command>();
    let verbs = variants(schema).filter_map(|mut schema| {
        let name = untag(&mut schema)?;
        let summary = schema["description"].take();
        if let Some(fields) = schema.as_object_mut() {
            fields.remove("description");
        }
        let fields = schema.get("properties").and_then(Value::as_object);
        let fields = fields.map(|fields| fields.keys().cloned().collect());
        if fields.is_some() {
            schema["additionalProperties"] = false.into();
        }
        Some((name.clone(), Verb { name, fields, summary, schema }))
    });
    verbs.collect()
}

/// Takes the `type` out of a command's schema.
fn untag(schema: &mut Value) -> Option<String> {
    if let Some(parts) = schema.get_mut("allOf").and_then(Value::as_array_mut) {
        let tag = parts.iter_mut().find_map(untag);
        // What held the tag alone says nothing any more.
        parts.retain(|part| part.get("properties").is_none_or(|fields| *fields != json!({})));
        return tag;
    }
    let tag = schema.get_mut("properties")?.as_object_mut()?.remove("type")?;
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|field| field != "type");
    }
    tag["enum"][0].as_str().map(str::to_owned)
}

/// What commands and refusals of an aggregate refer to.
pub(crate) fn components<D: Decider>() -> OpenApi {
    let (refusal, refusals) = qualified::<D, D::Refusal>();
    let (_, mut schemas) = qualified::<D, D::Command>();
    schemas.extend(refusals);
    schemas.insert(format!("{}.Refusal", D::NAME), refusal);
    schemas.insert("Done".into(), json!(CommandResponse::schema()));
    let mut more = vec![];
    CommandResponse::schemas(&mut more);
    Item::<Value>::schemas(&mut more);
    List::<Value>::schemas(&mut more);
    schemas.extend(more.into_iter().map(|(name, schema)| (name, json!(schema))));
    document(&Map::new(), &schemas)
}

pub(crate) fn create<D: Decider>(path: &str, verb: &Verb) -> OpenApi {
    let mut operation = commanded::<D>(&verb.name, &verb.summary, &[]);
    operation["requestBody"] = body("application/json", &verb.schema);
    let done = operation["responses"]["200"].take();
    operation["responses"] = json!({ "201": done, "409": refused::<D>() });
    operation["responses"]["201"]["description"] = "It was created.".into();
    paths(path, "post", &operation)
}

/// A command to an item. What the path says is no part of the body; and DELETE has none.
pub(crate) fn command<D: Decider>(
    method: &str,
    path: &str,
    mut parameters: Vec<Value>,
    verb: &Verb,
) -> OpenApi {
    let mut schema = verb.schema.clone();
    let is_required = |name: &String| {
        let names = verb.schema["required"].as_array();
        names.is_some_and(|names| names.iter().any(|required| required == name))
    };
    if let Some(fields) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        for (name, field) in mem::take(fields) {
            let place = match method {
                _ if path.contains(&format!("{{{name}}}")) => "path",
                "delete" => "query",
                _ => {
                    fields.insert(name, field);
                    continue;
                }
            };
            let required = is_required(&name);
            parameters
                .push(json!({ "name": name, "in": place, "required": required, "schema": field }));
        }
        let left: BTreeSet<_> = fields.keys().cloned().collect();
        if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(|name| name.as_str().is_some_and(|name| left.contains(name)));
        }
    }
    let mut operation = commanded::<D>(&verb.name, &verb.summary, &parameters);
    if method != "delete" {
        operation["requestBody"] = body("application/json", &schema);
    }
    paths(path, method, &operation)
}

/// A part of a path.
pub(crate) fn path_parameter<T: PartialSchema>(name: &str) -> Value {
    json!({ "name": name, "in": "path", "required": true, "schema": T::schema() })
}

pub(crate) fn patch<D: Decider, P: ToSchema>(path: &str, parameters: &[Value]) -> OpenApi {
    let summary = json!("Changes what is given; what is not given stays.");
    let (schema, schemas) = qualified::<D, P>();
    let mut operation = commanded::<D>("patch", &summary, parameters);
    operation["requestBody"] = body("application/merge-patch+json", &schema);
    operation["requestBody"]["content"]["application/json"] = json!({ "schema": schema });
    document(&item_path(path, "patch", &operation), &schemas)
}

pub(crate) fn delete<D: Decider>(path: &str, parameters: &[Value]) -> OpenApi {
    let summary = json!("Puts it away. Its history stays.");
    let operation = commanded::<D>("delete", &summary, parameters);
    paths(path, "delete", &operation)
}

pub(crate) fn list<D: Decider, T: ToSchema>(path: &str, listing: &Listing) -> OpenApi {
    let mut parameters = filters(listing.fields);
    parameters.extend(pages(&listing.own, listing.search, listing.sort));
    let (row, schemas) = row::<D, T>();
    let answer = list_of(row);
    let operation = asked::<D>("list", "Those that you may see.", &parameters, &answer);
    document(&item_path(path, "get", &operation), &schemas)
}

/// The parameters by which the rows of a list are filtered.
pub(crate) fn filters<'a>(fields: impl IntoIterator<Item = &'a Field>) -> Vec<Value> {
    let filter = |field: &Field| {
        let (schema, how) = match field.kind {
            Kind::Text => (json!({ "type": "string" }), ""),
            Kind::Word { schema, .. } => (json!(schema()), ""),
            Kind::Uuid => (json!({ "type": "string", "format": "uuid" }), ""),
            Kind::Bool => (json!({ "type": "boolean" }), ""),
            _ => (json!({ "type": "string" }), "One value, or `from..until`, half-open."),
        };
        query(&format!("filter[{}]", field.name), &schema, how)
    };
    fields.into_iter().map(filter).collect()
}

/// The parameters that say whose rows are wanted, with which words, in which order, and which page.
pub(crate) fn pages(own: &Own, search: Option<&str>, sort: &[&str]) -> Vec<Value> {
    let cabinet = own.cabinet.map(|_| {
        let uuid = json!({ "type": "string", "format": "uuid" });
        query("cabinet_id", &uuid, "Only what belongs to this cabinet.")
    });
    let sorts: Vec<_> = sort
        .iter()
        .map(|field| field.trim_start_matches('-'))
        .flat_map(|field| [field.to_owned(), format!("-{field}")])
        .collect();
    let sorts = json!({ "type": "string", "enum": sorts });
    let limits = json!({ "type": "integer", "minimum": 1, "maximum": LIMIT.1, "default": LIMIT.0 });
    let text = json!({ "type": "string" });
    let words = search.map(|_| query("q", &text, "Words that must all occur."));
    let page = [
        query("sort", &sorts, "The order; `-` turns it round."),
        query("limit", &limits, "How many at most."),
        query("cursor", &text, "`page.next` of the page before."),
        min_position(),
    ];
    cabinet.into_iter().chain(words).chain(page).collect()
}

pub(crate) fn item<D: Decider, T: ToSchema>(path: &str, mut parameters: Vec<Value>) -> OpenApi {
    let (row, schemas) = row::<D, T>();
    let answer = item_of(row);
    let known = json!({
        "name": "If-None-Match", "in": "header", "required": false, "schema": { "type": "string" },
        "description": "The ETag of what you have.",
    });
    parameters.extend([min_position(), known]);
    let mut operation = asked::<D>("find", "One of them.", &parameters, &answer);
    operation["responses"]["304"] = json!({ "description": "It is as you have it." });
    document(&item_path(path, "get", &operation), &schemas)
}

pub(crate) fn history<D: Decider>(path: &str, mut parameters: Vec<Value>) -> OpenApi {
    let limits = json!({ "type": "integer", "minimum": 1, "maximum": LIMIT.1, "default": LIMIT.0 });
    parameters.extend([
        query("limit", &limits, "How many at most."),
        query("cursor", &json!({ "type": "string" }), "`page.next` of the page before."),
        min_position(),
    ]);
    let answer = list_of(json!({ "$ref": "#/components/schemas/Happened" }));
    let operation = asked::<D>("history", "What happened to it, in order.", &parameters, &answer);
    document(&item_path(path, "get", &operation), &referred::<HistoryEvent>())
}

pub(crate) fn explain<D: Decider>(path: &str, mut parameters: Vec<Value>) -> OpenApi {
    let field = json!({
        "name": "field", "in": "query", "required": true, "schema": { "type": "string" },
        "description": "A field of the item: `status`.",
    });
    parameters.push(field);
    let answer = json!({ "$ref": "#/components/schemas/Explained" });
    let summary = "The events that gave a field its value.";
    let operation = asked::<D>("explain", summary, &parameters, &answer);
    document(&item_path(path, "get", &operation), &referred::<Explained>())
}

/// A schema and all that it refers to, by their names.
fn referred<T: ToSchema>() -> Map<String, Value> {
    let mut schemas = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut schemas);
    schemas.into_iter().map(|(name, schema)| (name, json!(schema))).collect()
}

fn asked<D: Decider>(name: &str, summary: &str, parameters: &[Value], answer: &Value) -> Value {
    json!({
        "operationId": format!("{}.{name}", D::NAME),
        "tags": [context::<D>()],
        "summary": summary,
        "parameters": parameters,
        "responses": {
            "200": {
                "description": "The answer.",
                "content": { "application/json": { "schema": answer } },
            },
        },
    })
}

fn commanded<D: Decider>(name: &str, summary: &Value, parameters: &[Value]) -> Value {
    json!({
        "operationId": format!("{}.{name}", D::NAME),
        "tags": [context::<D>()],
        "summary": summary,
        "parameters": parameters,
        "responses": {
            "200": {
                "description": "It is so.",
                "headers": {
                    "ETag": { "schema": { "type": "string" }, "description": "Its version." },
                    "X-Position": {
                        "schema": { "type": "integer" },
                        "description": "Where in the log it happened, for X-Min-Position.",
                    },
                },
                "content": { "application/json": {
                    "schema": { "$ref": "#/components/schemas/Done" },
                } },
            },
            "409": refused::<D>(),
        },
    })
}

fn refused<D: Decider>() -> Value {
    let refusal = format!("#/components/schemas/{}.Refusal", D::NAME);
    json!({
        "description": "The business says no.",
        "content": { "application/problem+json": { "schema": { "anyOf": [
            { "allOf": [{ "$ref": "#/components/schemas/Problem" }, { "$ref": refusal }] },
            { "$ref": "#/components/schemas/Problem" },
        ] } } },
    })
}

fn body(kind: &str, schema: &Value) -> Value {
    let optional = schema.get("allOf").is_none()
        && schema.get("$ref").is_none()
        && schema["required"].as_array().is_none_or(Vec::is_empty);
    json!({ "required": !optional, "content": { kind: { "schema": schema } } })
}

pub(crate) fn query(name: &str, schema: &Value, description: &str) -> Value {
    json!({
        "name": name, "in": "query", "required": false,
        "schema": schema, "description": description,
    })
}

fn min_position() -> Value {
    json!({
        "name": "X-Min-Position", "in": "header", "required": false,
        "schema": { "type": "integer" },
        "description": "The X-Position of a command whose effect should be seen; waits up to 2 s.",
    })
}

fn context<D: Decider>() -> &'static str {
    D::NAME.split('.').next().unwrap_or(D::NAME)
}

pub(crate) fn paths(path: &str, method: &str, operation: &Value) -> OpenApi {
    document(&item_path(path, method, operation), &Map::new())
}

fn item_path(path: &str, method: &str, operation: &Value) -> Map<String, Value> {
    [(path.to_owned(), json!({ method: operation }))].into_iter().collect()
}

fn document(paths: &Map<String, Value>, schemas: &Map<String, Value>) -> OpenApi {
    let document = json!({
        "openapi": "3.1.0",
        "info": { "title": "", "version": "" },
        "paths": paths,
        "components": { "schemas": schemas },
    });
    #[expect(clippy::expect_used, reason = "a schema that is none fails every test")]
    serde_json::from_value(document).expect("the schema of a command")
}
