//! The OpenAPI of derived operations: commands, lists, items, histories. A command is described by
//! the doc comment and schema of its own type.

mod schemas;

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
};

use domain::Decider;
use projections::listing::{
    COMMON, Field, Kind, LIMIT, Listing, MAX_COUNTED, MAX_VALUES, NONE, Own,
};
use serde_json::{Map, Value, json};
use utoipa::{PartialSchema, ToSchema, openapi::OpenApi};

pub(crate) use self::schemas::list_schema;
use self::schemas::{item_schema, qualified_schema, refusal_schema, row_schema};
use crate::{
    contracts::variants,
    dispatcher::CommandResponse,
    explain::Explained,
    history::HistoryEvent,
    reads::{Item, List},
};

/// How clients send one command.
#[derive(Debug)]
pub(crate) struct CommandSpec {
    /// Its tag on the wire: `add_contact_point`.
    pub(crate) name: String,
    /// The fields there are, where the schema lists them.
    pub(crate) fields: Option<BTreeSet<String>>,
    summary: Value,
    pub(crate) schema: Value,
}

impl CommandSpec {
    /// Its name in a path: `add-contact-point`.
    pub(crate) fn segment(&self) -> String {
        self.name.replace('_', "-")
    }
}

/// Every command of an aggregate by its tag. Their schemas have no tag, as the path says it.
pub(crate) fn command_specs<D: Decider>() -> BTreeMap<String, CommandSpec> {
    let (schema, _) = qualified_schema::<D, D::Command>();
    let command_specs = variants(schema).filter_map(|mut schema| {
        let name = remove_tag(&mut schema)?;
        let summary = schema["description"].take();
        if let Some(fields) = schema.as_object_mut() {
            fields.remove("description");
        }
        let fields = schema.get("properties").and_then(Value::as_object);
        let fields = fields.map(|fields| fields.keys().cloned().collect());
        if fields.is_some() {
            schema["additionalProperties"] = false.into();
        }
        Some((name.clone(), CommandSpec { name, fields, summary, schema }))
    });
    command_specs.collect()
}

/// Takes the `type` out of a command's schema.
fn remove_tag(schema: &mut Value) -> Option<String> {
    if let Some(parts) = schema.get_mut("allOf").and_then(Value::as_array_mut) {
        let tag = parts.iter_mut().find_map(remove_tag);
        // A part that held only the tag is empty now.
        parts.retain(|part| part.get("properties").is_none_or(|fields| *fields != json!({})));
        return tag;
    }
    let tag = schema.get_mut("properties")?.as_object_mut()?.remove("type")?;
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|field| field != "type");
    }
    tag["enum"][0].as_str().map(str::to_owned)
}

/// The schemas that commands and refusals of an aggregate refer to.
pub(crate) fn components<D: Decider>() -> OpenApi {
    let (refusal, refusals) = qualified_schema::<D, D::Refusal>();
    let (_, mut schemas) = qualified_schema::<D, D::Command>();
    schemas.insert(format!("{}.Refusal", D::NAME), refusal_schema(refusal, &refusals));
    schemas.extend(refusals);
    schemas.insert("CommandResponse".into(), json!(CommandResponse::schema()));
    let mut more = vec![];
    CommandResponse::schemas(&mut more);
    Item::<Value>::schemas(&mut more);
    List::<Value>::schemas(&mut more);
    schemas.extend(more.into_iter().map(|(name, schema)| (name, json!(schema))));
    document(&Map::new(), &schemas)
}

pub(crate) fn create<D: Decider>(path: &str, spec: &CommandSpec) -> OpenApi {
    let mut operation = command_operation::<D>(&spec.name, &spec.summary, &[]);
    operation["requestBody"] = request_body("application/json", &spec.schema);
    let done = operation["responses"]["200"].take();
    operation["responses"] = json!({ "201": done, "409": refusal_response::<D>() });
    operation["responses"]["201"]["description"] = "It was created.".into();
    operation_document(path, "post", &operation)
}

/// A command on an item. Fields in the path are no part of the body; DELETE has no body.
pub(crate) fn command<D: Decider>(
    method: &str,
    path: &str,
    mut parameters: Vec<Value>,
    spec: &CommandSpec,
) -> OpenApi {
    let mut schema = spec.schema.clone();
    let is_required = |name: &String| {
        let names = spec.schema["required"].as_array();
        names.is_some_and(|names| names.iter().any(|required| required == name))
    };
    if let Some(fields) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        for (name, field) in mem::take(fields) {
            let location = match method {
                _ if path.contains(&format!("{{{name}}}")) => "path",
                "delete" => "query",
                _ => {
                    fields.insert(name, field);
                    continue;
                }
            };
            let required = is_required(&name);
            parameters.push(
                json!({ "name": name, "in": location, "required": required, "schema": field }),
            );
        }
        let remaining: BTreeSet<_> = fields.keys().cloned().collect();
        if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(|name| name.as_str().is_some_and(|name| remaining.contains(name)));
        }
    }
    let mut operation = of_item(command_operation::<D>(&spec.name, &spec.summary, &parameters));
    if method != "delete" {
        operation["requestBody"] = request_body("application/json", &schema);
    }
    operation_document(path, method, &operation)
}

/// A parameter of the path.
pub(crate) fn path_parameter<T: PartialSchema>(name: &str) -> Value {
    json!({ "name": name, "in": "path", "required": true, "schema": T::schema() })
}

pub(crate) fn patch<D: Decider, P: ToSchema>(path: &str, parameters: &[Value]) -> OpenApi {
    let summary = json!("Changes what is given; what is not given stays.");
    let (schema, mut schemas) = qualified_schema::<D, P>();
    let name = format!("{}.Patch", D::NAME);
    schemas.insert(name.clone(), schema);
    let schema = json!({ "$ref": format!("#/components/schemas/{name}") });
    let mut operation = of_item(command_operation::<D>("patch", &summary, parameters));
    let content = json!({ "schema": schema });
    operation["requestBody"] = json!({ "required": false, "content": {
        "application/merge-patch+json": content, "application/json": content,
    } });
    document(&item_path(path, "patch", &operation), &schemas)
}

pub(crate) fn delete<D: Decider>(path: &str, parameters: &[Value]) -> OpenApi {
    let summary = json!("Puts it away. Its history stays.");
    let operation = of_item(command_operation::<D>("delete", &summary, parameters));
    operation_document(path, "delete", &operation)
}

pub(crate) fn list<D: Decider, T: ToSchema>(path: &str, listing: &Listing) -> OpenApi {
    let mut parameters = filter_parameters(listing.fields.iter().chain(COMMON));
    parameters.extend(list_parameters(&listing.own, listing.search, listing.sort));
    let countable: Vec<_> = listing.countable().collect();
    if !countable.is_empty() {
        let schema = json!({ "type": "string", "enum": countable });
        let how = format!(
            "Adds `meta.counts`: how many rows have which value of this field, whatever the filter \
             of it says. It reads all that match the other filters, the first {MAX_COUNTED} of \
             them at most, which takes longer than a page: ask for it with the first one only."
        );
        parameters.push(query_parameter("count", &schema, &how));
    }
    let (row, schemas) = row_schema::<D, T>();
    let answer = list_schema(row);
    let operation = read_operation::<D>("list", "Those that you may see.", &parameters, &answer);
    document(&item_path(path, "get", &operation), &schemas)
}

/// The filter parameters of a list.
pub(crate) fn filter_parameters<'a>(fields: impl IntoIterator<Item = &'a Field>) -> Vec<Value> {
    let filter = |field: &Field| {
        let name = format!("filter[{}]", field.name);
        let one = match field.kind {
            Kind::Text => {
                let how = "The whole value, as it is written.";
                return query_parameter(&name, &json!({ "type": "string" }), how);
            }
            Kind::Enum { schema, .. } => json!(schema()),
            Kind::OneOf { .. } => json!({ "type": "string", "format": "uuid" }),
            Kind::Uuid => json!({ "anyOf": [
                { "type": "string", "format": "uuid" },
                { "type": "string", "enum": [NONE] },
            ] }),
            Kind::Bool => json!({ "type": "boolean" }),
            Kind::Time | Kind::Date | Kind::Int | Kind::Number => {
                let how = "One value, `from..until`, half-open, or `none` where there is no value.";
                return query_parameter(&name, &json!({ "type": "string" }), how);
            }
        };
        let several = json!({ "type": "array", "items": one, "maxItems": MAX_VALUES });
        let how = match field.kind {
            Kind::Uuid => {
                "One value, `a,b` for any of several, or `!a,b` for none of them; `none` stands for no value."
            }
            _ => "One value, `a,b` for any of several, or `!a,b` for none of them.",
        };
        let mut parameter = query_parameter(&name, &several, how);
        parameter["explode"] = false.into();
        parameter
    };
    fields.into_iter().map(filter).collect()
}

/// The parameters of a list for cabinet, search, order and page.
pub(crate) fn list_parameters(own: &Own, search: Option<&str>, sort: &[&str]) -> Vec<Value> {
    let cabinet = own.cabinet.map(|_| {
        let uuid = json!({ "type": "string", "format": "uuid" });
        query_parameter("cabinet_id", &uuid, "Only what belongs to this cabinet.")
    });
    let sorts: Vec<_> = sort
        .iter()
        .map(|field| field.trim_start_matches('-'))
        .flat_map(|field| [field.to_owned(), format!("-{field}")])
        .collect();
    let sorts = json!({ "type": "string", "enum": sorts });
    let limits = json!({ "type": "integer", "minimum": 1, "maximum": LIMIT.1, "default": LIMIT.0 });
    let text = json!({ "type": "string" });
    let search_text = search.map(|_| query_parameter("q", &text, "Words that must all occur."));
    let page = [
        query_parameter("sort", &sorts, "The order; `-` turns it round."),
        query_parameter("limit", &limits, "How many at most."),
        query_parameter("cursor", &text, "`page.next` of the page before."),
        include(),
        min_position(),
    ];
    cabinet.into_iter().chain(search_text).chain(page).collect()
}

pub(crate) fn item<D: Decider, T: ToSchema>(path: &str, mut parameters: Vec<Value>) -> OpenApi {
    let (row, schemas) = row_schema::<D, T>();
    let answer = item_schema(row);
    let if_none_match = json!({
        "name": "If-None-Match", "in": "header", "required": false, "schema": { "type": "string" },
        "description": "The ETag of what you have.",
    });
    let as_of = query_parameter(
        "as_of",
        &json!({ "type": "string" }),
        "As it was then: a position in the log, or an instant (RFC 3339). What is taken from other \
         things, such as their names, is as it is now. This takes the right to see histories.",
    );
    parameters.extend([as_of, include(), min_position(), if_none_match]);
    let mut operation = of_item(read_operation::<D>("find", "One of them.", &parameters, &answer));
    operation["responses"]["304"] = json!({ "description": "It is as you have it." });
    document(&item_path(path, "get", &operation), &schemas)
}

pub(crate) fn history<D: Decider>(path: &str, mut parameters: Vec<Value>) -> OpenApi {
    let limits = json!({ "type": "integer", "minimum": 1, "maximum": LIMIT.1, "default": LIMIT.0 });
    parameters.extend([
        query_parameter("limit", &limits, "How many at most."),
        query_parameter("cursor", &json!({ "type": "string" }), "`page.next` of the page before."),
        include(),
        min_position(),
    ]);
    let answer = list_schema(json!({ "$ref": "#/components/schemas/HistoryEvent" }));
    let operation = of_item(read_operation::<D>(
        "history",
        "What happened to it, in order.",
        &parameters,
        &answer,
    ));
    document(&item_path(path, "get", &operation), &schemas_of::<HistoryEvent>())
}

pub(crate) fn explain<D: Decider>(path: &str, mut parameters: Vec<Value>) -> OpenApi {
    let field = json!({
        "name": "field", "in": "query", "required": true, "schema": { "type": "string" },
        "description": "A field of the item: `status`.",
    });
    parameters.extend([field, include(), min_position()]);
    let answer = json!({ "$ref": "#/components/schemas/Explained" });
    let summary = "The events that gave a field its value.";
    let operation = of_item(read_operation::<D>("explain", summary, &parameters, &answer));
    document(&item_path(path, "get", &operation), &schemas_of::<Explained>())
}

/// A schema and all that it refers to, by their names.
fn schemas_of<T: ToSchema>() -> Map<String, Value> {
    let mut schemas = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut schemas);
    schemas.into_iter().map(|(name, schema)| (name, json!(schema))).collect()
}

fn read_operation<D: Decider>(
    name: &str,
    summary: &str,
    parameters: &[Value],
    answer: &Value,
) -> Value {
    json!({
        "operationId": format!("{}.{name}", D::NAME),
        "tags": [context_of::<D>()],
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

/// What every operation on something that a path names may answer with: status and meaning.
pub(crate) const ITEM_PROBLEM: (&str, &str) = ("404", "Not there, or not to be seen.");

/// The description of an answer that is a problem.
pub(crate) fn problem_response(meaning: &str) -> Value {
    json!({
        "description": meaning,
        "content": { "application/problem+json": {
            "schema": { "$ref": "#/components/schemas/Problem" },
        } },
    })
}

/// An operation on an item, which may be absent whether its path names it or there is only one.
fn of_item(mut operation: Value) -> Value {
    let (status, meaning) = ITEM_PROBLEM;
    operation["responses"][status] = problem_response(meaning);
    operation
}

fn command_operation<D: Decider>(name: &str, summary: &Value, parameters: &[Value]) -> Value {
    json!({
        "operationId": format!("{}.{name}", D::NAME),
        "tags": [context_of::<D>()],
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
                    "schema": { "$ref": "#/components/schemas/CommandResponse" },
                } },
            },
            "409": refusal_response::<D>(),
        },
    })
}

fn refusal_response<D: Decider>() -> Value {
    let refusal = format!("#/components/schemas/{}.Refusal", D::NAME);
    json!({
        "description": "The business says no.",
        "content": { "application/problem+json": { "schema": { "anyOf": [
            { "$ref": refusal },
            { "$ref": "#/components/schemas/Problem" },
        ] } } },
    })
}

fn request_body(content_type: &str, schema: &Value) -> Value {
    let optional = schema.get("allOf").is_none()
        && schema.get("$ref").is_none()
        && schema["required"].as_array().is_none_or(Vec::is_empty);
    json!({ "required": !optional, "content": { content_type: { "schema": schema } } })
}

pub(crate) fn query_parameter(name: &str, schema: &Value, description: &str) -> Value {
    json!({
        "name": name, "in": "query", "required": false,
        "schema": schema, "description": description,
    })
}

fn include() -> Value {
    let names = json!({ "type": "string", "enum": ["names"] });
    let how = "`names` adds what the things are called whose ids are in the answer, by id. What you may \
               not see has none there.";
    query_parameter("include", &names, how)
}

fn min_position() -> Value {
    json!({
        "name": "X-Min-Position", "in": "header", "required": false,
        "schema": { "type": "integer" },
        "description": "The X-Position of a command whose effect should be seen; waits up to 2 s.",
    })
}

fn context_of<D: Decider>() -> &'static str {
    D::NAME.split('.').next().unwrap_or(D::NAME)
}

pub(crate) fn operation_document(path: &str, method: &str, operation: &Value) -> OpenApi {
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
