//! The complete OpenAPI document: the descriptions of the routes, and what holds for all of them.

mod components;
mod descriptions;
mod examples;
mod files;
mod required_fields;
mod security;

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use axum::{
    Json, Router,
    body::Bytes,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Map, Value, json};
use utoipa::{ToSchema, openapi::OpenApi};

use crate::{
    App, Contexts,
    asyncapi::asyncapi,
    contexts::Version,
    contracts,
    describe::{ITEM_PROBLEM, problem_response, read_operation},
    docs,
    ingress::is_under,
    json_request::Path,
    live::Topic,
    problem::{self, Problem, ProblemDetails},
};

/// The versions of the API lie below this; paths outside follow standards of their own.
const API: &str = "/api";

/// Problems that every operation may answer with: status and meaning.
const COMMON_PROBLEMS: &[(&str, &str)] = &[
    ("429", "Too many requests; `Retry-After` says when to come back."),
    ("500", "A fault of ours."),
    ("503", "Too much at once, or something we need is away: try again."),
];
/// Those of every operation of the API in addition.
const API_PROBLEMS: &[(&str, &str)] = &[
    ("401", "Nobody we know: sign in first."),
    ("403", "Somebody we know, without the right."),
    ("422", "Something in it cannot be accepted; `fields` says what."),
];
/// Those of commands in addition.
const COMMAND_PROBLEMS: &[(&str, &str)] = &[
    ("400", "The body is no JSON."),
    ("409", "The business says no."),
    ("410", "The person behind it was erased."),
    ("412", "It was changed meanwhile; `current` is its version."),
    ("413", "The body is too large."),
    ("415", "The body must be JSON."),
];
/// Those of queries in addition.
const QUERY_PROBLEMS: &[(&str, &str)] = &[
    ("400", "The format is not offered; `offered` are."),
    ("406", "No type that is accepted is offered."),
];

/// The OpenAPI 3.1 document of the first version of the API, made from its code.
pub fn openapi() -> Value {
    let contexts = Contexts::all();
    document_of_version(
        &full_document(&contexts.routes().into_openapi(), contexts.versions),
        &contexts.versions[0],
    )
}

/// The document of one version: its paths, and those outside of all versions.
pub(crate) fn document_of_version(full_document: &Value, version: &Version) -> Value {
    let mut document = full_document.clone();
    if let Some(paths) = document["paths"].as_object_mut() {
        paths.retain(|path, _| version.has_path(path) || !is_under(path, API));
    }
    document
}

/// The descriptions of routes, with the paths that every process serves, and problems and headers.
pub(crate) fn full_document(described: &OpenApi, versions: &[Version]) -> Value {
    let mut document = json!(described);
    if let Some(paths) = document["paths"].as_object_mut() {
        paths.extend(versions.iter().flat_map(|version| contract_paths(&version.path_prefix())));
        paths.extend(operations_paths());
    }
    document["info"] = json!({
        "title": "Servicebook",
        "version": "1",
        "description": "The service book of a business. Commands answer with the position of what \
            happened (`X-Position`); a query that sends it as `X-Min-Position` sees its effect.",
        "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        "contact": { "name": "The business whose service book it is" },
    });
    document["servers"] = json!([{ "url": "/", "description": "Where this document is from." }]);
    document["tags"] = descriptions::tags(versions);
    document["components"]["securitySchemes"] = security::security_schemes();
    let mut schemas = vec![];
    ProblemDetails::schemas(&mut schemas);
    for (name, schema) in schemas {
        document["components"]["schemas"][name] = json!(schema);
    }
    document["components"]["schemas"]["Problem"] = problem::schema_with_names();
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.extend(contracts::purchase_message_schemas());
    }
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (path, item) in paths {
        // A handler of both GET and POST is two operations, which need different ids.
        if item["post"]["operationId"] == item["get"]["operationId"]
            && let Some(name) = item["post"]["operationId"].as_str()
        {
            item["post"]["operationId"] = format!("{name}_by_form").into();
        }
        let operations = item.as_object_mut().into_iter().flatten();
        for (method, operation) in operations.filter(|(_, operation)| operation.is_object()) {
            operation["security"] = security::operation_security(method, operation);
            if let Some(topic) = topic_of(operation) {
                operation["x-topic"] = topic.into();
            }
            add_preconditions(operation);
            files::add_file_responses(operation);
            let responses = operation["responses"].as_object_mut();
            add_problems(responses.into_iter(), path, method);
            descriptions::fill_in_descriptions(operation);
        }
    }
    // Before, as they are no longer alike when their fields are required.
    components::refer_to_named_schemas(&mut document);
    required_fields::mark_sent_fields_required(&mut document);
    components::normalize_schemas(&mut document);
    examples::add_examples(&mut document);
    document
}

/// The kind of things that an operation is about: the one in its name.
fn topic_of(operation: &Value) -> Option<&'static str> {
    let name = operation["operationId"].as_str()?;
    let (topic, _) = name.rsplit_once('.')?;
    Topic::by_name(topic).map(|topic| topic.name)
}

/// Adds the headers that every command takes. Commands are recognised by their response schema.
fn add_preconditions(operation: &mut Value) {
    const COMMAND_RESPONSE: &str = "#/components/schemas/CommandResponse";
    let answers = |status: &str| {
        operation["responses"][status]["content"]["application/json"]["schema"]["$ref"]
            == COMMAND_RESPONSE
    };
    let header = |name: &str, schema: Value, description: &str| {
        json!({
            "name": name, "in": "header", "required": false,
            "schema": schema, "description": description,
        })
    };
    let key = header(
        "Idempotency-Key",
        json!({ "type": "string", "minLength": 1, "maxLength": 255 }),
        "However often it is sent under this key, it happens once.",
    );
    let version = header(
        "If-Match",
        json!({ "type": "string" }),
        "The ETag of the version you saw; an older one is refused with 412.",
    );
    // A creation has no earlier version to match.
    let headers = match (answers("200"), answers("201")) {
        (true, _) => vec![key, version],
        (false, true) => vec![key],
        (false, false) => return,
    };
    if operation["parameters"].is_null() {
        operation["parameters"] = json!([]);
    }
    operation["parameters"].as_array_mut().into_iter().for_each(|parameters| {
        parameters.extend(headers.iter().cloned());
    });
}

fn add_problems<'a>(
    responses: impl Iterator<Item = &'a mut Map<String, Value>>,
    path: &str,
    method: &str,
) {
    let more = if method == "get" { QUERY_PROBLEMS } else { COMMAND_PROBLEMS };
    let item = path.contains('{').then_some(&ITEM_PROBLEM);
    let problems: Vec<_> = if is_under(path, API) {
        COMMON_PROBLEMS.iter().chain(API_PROBLEMS).chain(more).chain(item).collect()
    } else {
        COMMON_PROBLEMS.iter().collect()
    };
    for responses in responses {
        for (status, meaning) in &problems {
            responses.entry(*status).or_insert_with(|| problem_response(meaning));
        }
    }
}

static EVENTS: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| {
    contracts::event_contracts().into_iter().map(|event| (event.name, event.schema)).collect()
});

static ASYNCAPI: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(asyncapi().to_string()));

/// The contracts of a version of the API: OpenAPI, AsyncAPI, documentation page, schemas of events.
/// Most processes are never asked for its document, so it is made on the first request.
pub(crate) fn routes(document: impl FnOnce() -> Value + Send + 'static) -> Router<App> {
    let served =
        |text: Bytes| -> Response { ([(CONTENT_TYPE, "application/json")], text).into_response() };
    let document = Arc::new(LazyLock::new(document));
    let text = Arc::clone(&document);
    let text = Arc::new(LazyLock::new(move || Bytes::from(text.to_string())));
    let openapi = async move || served(Bytes::clone(&text));
    let page = Arc::new(LazyLock::new(move || docs::render_page(&document)));
    let docs = async move || -> Response { docs::page_response((**page).clone()) };
    Router::new()
        .route("/openapi.json", get(openapi))
        .route("/asyncapi.json", get(async move || served(ASYNCAPI.clone())))
        .route("/docs", get(docs))
        .route("/schemas/events/{file}", get(event_schema))
}

/// The descriptions of [`routes`], below the path of a version.
fn contract_paths(beginning: &str) -> [(String, Value); 4] {
    let object = json!({ "application/json": { "schema": { "type": "object" } } });
    let html = json!({ "text/html": { "schema": { "type": "string" } } });
    let mut schema = public("contracts.event", "The JSON Schema of a kind of event.", &object);
    schema["get"]["parameters"] = json!([{
        "name": "file", "in": "path", "required": true, "schema": { "type": "string" },
        "description": "The kind of event: `CustomerCreated`, or `CustomerCreated.json`.",
    }]);
    let openapi = public("contracts.openapi", "This document, for programs.", &object);
    let asyncapi = public("contracts.asyncapi", "What is on the bus, in AsyncAPI 3.", &object);
    let docs = public("contracts.docs", "This document, for people.", &html);
    let paths = [
        ("openapi.json", openapi),
        ("asyncapi.json", asyncapi),
        ("docs", docs),
        ("schemas/events/{file}", schema),
    ];
    paths.map(|(path, item)| (format!("{beginning}/{path}"), item))
}

/// The paths that every process serves (`operations.rs`).
fn operations_paths() -> [(String, Value); 3] {
    let field = |name: &str, schema: Value| {
        let schema =
            json!({ "type": "object", "required": [name], "properties": { name: schema } });
        json!({ "application/json": { "schema": schema } })
    };
    let alive = field("status", json!({ "enum": ["alive"] }));
    let health = public("operations.health", "Whether the process lives.", &alive);
    let ready = field("ready", json!({ "type": "boolean" }));
    let mut is_ready = public("operations.ready", "Whether it can do its work.", &ready);
    is_ready["get"]["responses"]["503"] =
        json!({ "description": "It cannot, or is overloaded.", "content": ready });
    let text = json!({ "text/plain": { "schema": { "type": "string" } } });
    let mut metrics = public("operations.metrics", "What it has counted, for Prometheus.", &text);
    metrics["get"]["servers"] = json!([{
        "url": "http://{internal_listen}",
        "description": "An address of its own for each process, which is not for the world.",
        "variables": { "internal_listen": { "default": "127.0.0.1:9090" } },
    }]);
    [("/health", health), ("/ready", is_ready), ("/metrics", metrics)]
        .map(|(path, item)| (path.to_owned(), item))
}

/// An operation that everybody may use, as the item of its path.
fn public(name: &str, summary: &str, content: &Value) -> Value {
    let mut operation = read_operation(name, summary, content);
    operation["x-right"] = "public".into();
    json!({ "get": operation })
}

/// `CustomerCreated.json`
async fn event_schema(Path(file): Path<String>) -> Result<Json<&'static Value>, Problem> {
    let name = file.strip_suffix(".json").unwrap_or(&file);
    EVENTS.get(name).map(Json).ok_or_else(Problem::not_found)
}

#[cfg(test)]
mod tests;
