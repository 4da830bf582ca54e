//! The OpenAPI of derived operations: commands, lists, items, histories. A command is described by
//! the doc comment and schema of its own type.

mod params;
mod reads;
mod schemas;

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
};

use domain::Decider;
use serde_json::{Map, Value, json};
use utoipa::{PartialSchema, openapi::OpenApi};

use self::schemas::{merged_refusal_schema, qualified_schema};
pub(crate) use self::{
    params::{FormatParam, IncludeParam, MinPositionHeader, PageParams},
    reads::{
        FORMAT_PARAMETER, as_of_parameter, explain_operation, filter_parameters, format_parameter,
        history_operation, item_operation, list_operation, list_parameters, query_parameter,
        read_operation,
    },
    schemas::list_schema,
};
use crate::{
    contracts::enum_variants,
    dispatcher::CommandResponse,
    json_request::DRY_RUN,
    reads::{Item, List},
    type_schema::TypeSchema,
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
    pub(crate) fn path_segment(&self) -> String {
        self.name.replace('_', "-")
    }
}

/// Every command of an aggregate by its tag. Their schemas have no tag, as the path says it.
pub(crate) fn command_specs<D: Decider>() -> BTreeMap<String, CommandSpec> {
    specs_of(qualified_schema(D::NAME, &TypeSchema::of::<D::Command>()).0)
}

fn specs_of(commands: Value) -> BTreeMap<String, CommandSpec> {
    let command_specs = enum_variants(commands).filter_map(|mut schema| {
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
pub(crate) fn command_schemas<D: Decider>() -> OpenApi {
    let (commands, refusals) = (TypeSchema::of::<D::Command>(), TypeSchema::of::<D::Refusal>());
    schemas_of_commands(D::NAME, &commands, &refusals)
}

fn schemas_of_commands(aggregate: &str, commands: &TypeSchema, refusals: &TypeSchema) -> OpenApi {
    let (refusal, refusals) = qualified_schema(aggregate, refusals);
    let (_, mut schemas) = qualified_schema(aggregate, commands);
    schemas.insert(format!("{aggregate}.Refusal"), merged_refusal_schema(refusal, &refusals));
    schemas.extend(refusals);
    let done = TypeSchema::of::<CommandResponse>();
    schemas.insert("CommandResponse".into(), json!(done.schema));
    let (item, list) = (TypeSchema::of::<Item<Value>>(), TypeSchema::of::<List<Value>>());
    for TypeSchema { referred, .. } in [done, item, list] {
        schemas.extend(referred.into_iter().map(|(name, schema)| (name, json!(schema))));
    }
    document(&Map::new(), &schemas)
}

pub(crate) fn create_operation(aggregate: &str, path: &str, spec: &CommandSpec) -> OpenApi {
    let mut operation = command_operation_value(aggregate, &spec.name, &spec.summary, &[]);
    operation["requestBody"] = request_body("application/json", &spec.schema);
    if let Some(responses) = operation["responses"].as_object_mut()
        && let Some(mut created) = responses.remove("200")
    {
        created["description"] = "It was created.".into();
        responses.insert("201".into(), created);
    }
    operation_document(path, "post", &operation)
}

/// A command on an item. Fields in the path are no part of the body; DELETE has no body.
pub(crate) fn item_command_operation(
    aggregate: &str,
    (method, path): (&str, &str),
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
            // What may be left out is one of nothing and what is described.
            let mut meanings = field["oneOf"].as_array().into_iter().flatten().chain([&field]);
            let meaning = meanings.find_map(|part| part["description"].as_str());
            parameters.push(json!({
                "name": name, "in": location, "required": is_required(&name),
                "description": meaning.unwrap_or_default(), "schema": field,
            }));
        }
        let remaining: BTreeSet<_> = fields.keys().cloned().collect();
        if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(|name| name.as_str().is_some_and(|name| remaining.contains(name)));
        }
    }
    let mut operation =
        of_item(command_operation_value(aggregate, &spec.name, &spec.summary, &parameters));
    if method != "delete" {
        operation["requestBody"] = request_body("application/json", &schema);
    }
    operation_document(path, method, &operation)
}

/// A parameter of the path.
pub(crate) fn path_parameter<T: PartialSchema>(name: &str) -> Value {
    json!({ "name": name, "in": "path", "required": true, "schema": T::schema() })
}

pub(crate) fn patch_operation(
    aggregate: &str,
    path: &str,
    parameters: &[Value],
    patch: &TypeSchema,
) -> OpenApi {
    let summary = json!("Changes what is given; what is not given stays.");
    let (schema, mut schemas) = qualified_schema(aggregate, patch);
    let name = format!("{aggregate}.Patch");
    schemas.insert(name.clone(), schema);
    let schema = json!({ "$ref": format!("#/components/schemas/{name}") });
    let mut operation = of_item(command_operation_value(aggregate, "patch", &summary, parameters));
    let content = json!({ "schema": schema });
    operation["requestBody"] = json!({ "required": false, "content": {
        "application/merge-patch+json": content, "application/json": content,
    } });
    document(&item_path(path, "patch", &operation), &schemas)
}

pub(crate) fn delete_operation(aggregate: &str, path: &str, parameters: &[Value]) -> OpenApi {
    let summary = json!("Puts it away. Its history stays.");
    let operation = of_item(command_operation_value(aggregate, "delete", &summary, parameters));
    operation_document(path, "delete", &operation)
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

fn command_operation_value(
    aggregate: &str,
    name: &str,
    summary: &Value,
    parameters: &[Value],
) -> Value {
    let dry_run = json!({
        "name": DRY_RUN, "in": "query", "required": false, "schema": { "type": "boolean" },
        "description": "Whether to find out only if it could be done now: nothing happens.",
    });
    let parameters: Vec<_> = parameters.iter().chain([&dry_run]).collect();
    json!({
        "operationId": format!("{aggregate}.{name}"),
        "tags": [context_of(aggregate)],
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
            "204": { "description": "It could be done now; `dry_run` was asked for." },
            "409": refusal_response(aggregate),
        },
    })
}

fn refusal_response(aggregate: &str) -> Value {
    let refusal = format!("#/components/schemas/{aggregate}.Refusal");
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

fn context_of(aggregate: &str) -> &str {
    aggregate.split('.').next().unwrap_or(aggregate)
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
