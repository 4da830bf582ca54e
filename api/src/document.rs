//! The OpenAPI document, whole: what the routes say of themselves, and what holds for all.

use std::{collections::BTreeMap, sync::LazyLock};

use axum::{
    Json, Router,
    body::Bytes,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Map, Value, json};
use utoipa::{PartialSchema, ToSchema, openapi::OpenApi};

use crate::{
    App, Contexts, contracts,
    given::Path,
    problem::{Problem, Told},
};

/// What may come of every operation, and why.
const ALWAYS: &[(&str, &str)] = &[
    ("401", "Nobody we know: sign in first."),
    ("403", "Somebody we know, without the right."),
    ("422", "Something in it cannot be accepted; `fields` says what."),
    ("429", "Too many requests; `Retry-After` says when to come back."),
    ("500", "A fault of ours."),
    ("503", "Too much at once, or something we need is away: try again."),
];
/// What may come of commands besides.
const COMMANDS: &[(&str, &str)] = &[
    ("400", "The body is no JSON."),
    ("409", "The business says no."),
    ("410", "The person behind it was erased."),
    ("412", "It was changed meanwhile; `current` is its version."),
    ("413", "The body is too large."),
    ("415", "The body must be JSON."),
];
/// What may come of queries besides.
const QUERIES: &[(&str, &str)] = &[
    ("400", "The format is not offered; `offered` are."),
    ("406", "No type that is accepted is offered."),
];
const OF_AN_ITEM: (&str, &str) = ("404", "Not there, or not to be seen.");

/// The OpenAPI 3.1 document of this program, made from its code.
pub fn openapi() -> Value {
    whole(&Contexts::all().routes().into_openapi())
}

/// What routes say of themselves, with what holds for all.
pub(crate) fn whole(described: &OpenApi) -> Value {
    let mut document = json!(described);
    document["info"] = json!({
        "title": "Servicebook",
        "version": "1",
        "description": "The service book of a business. Commands answer with the position of what \
            happened (`X-Position`); a query that sends it as `X-Min-Position` sees its effect. \
            Beside what is described here, `/health` and `/ready` answer 200 or 503 to load \
            balancers, OAuth 2 and OpenID Connect lie at `/oauth2`, as \
            `/.well-known/openid-configuration` says, WebSockets for live push at `/ws`, and the \
            JSON Schemas of events at `/api/v1/schemas/events`.",
        "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
    });
    document["security"] = json!([{ "bearer": [] }, {}]);
    let bearer = json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT" });
    document["components"]["securitySchemes"] = json!({ "bearer": bearer });
    let mut schemas = vec![(Told::name().into_owned(), Told::schema())];
    Told::schemas(&mut schemas);
    for (name, schema) in schemas {
        document["components"]["schemas"][name] = json!(schema);
    }
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (path, item) in paths {
        let operations = item.as_object_mut().into_iter().flatten();
        for (method, operation) in operations.filter(|(_, operation)| operation.is_object()) {
            add_preconditions(operation);
            let responses = operation["responses"].as_object_mut();
            add_problems(responses.into_iter(), path, method);
        }
    }
    document
}

/// What every command takes: it is known by its answer, which tells what was done.
fn add_preconditions(operation: &mut Value) {
    const DONE: &str = "#/components/schemas/Done";
    let answers = |status: &str| {
        operation["responses"][status]["content"]["application/json"]["schema"]["$ref"] == DONE
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
    // Of what is created nobody saw a version.
    let headers = match (answers("200"), answers("201")) {
        (true, _) => vec![key, version],
        (false, true) => vec![key],
        (false, false) => return,
    };
    if operation["parameters"].is_null() {
        operation["parameters"] = json!([]);
    }
    operation["parameters"].as_array_mut().into_iter().for_each(|known| {
        known.extend(headers.iter().cloned());
    });
}

fn add_problems<'a>(
    responses: impl Iterator<Item = &'a mut Map<String, Value>>,
    path: &str,
    method: &str,
) {
    let more = if method == "get" { QUERIES } else { COMMANDS };
    let item = path.contains('{').then_some(&OF_AN_ITEM);
    let problems: Vec<_> = ALWAYS.iter().chain(more).chain(item).collect();
    for responses in responses {
        for (status, meaning) in &problems {
            let problem = json!({
                "description": meaning,
                "content": { "application/problem+json": {
                    "schema": { "$ref": "#/components/schemas/Problem" },
                } },
            });
            responses.entry(*status).or_insert(problem);
        }
    }
}

static EVENTS: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| {
    contracts::events().into_iter().map(|event| (event.name, event.schema)).collect()
});

/// What is known about the API itself, for everybody.
pub(crate) fn routes(openapi: Bytes) -> Router<App> {
    let serve = async move || -> Response {
        ([(CONTENT_TYPE, "application/json")], openapi.clone()).into_response()
    };
    Router::new()
        .route("/openapi.json", get(serve))
        .route("/schemas/events/{file}", get(event_schema))
}

/// `CustomerCreated.json`
async fn event_schema(Path(file): Path<String>) -> Result<Json<&'static Value>, Problem> {
    let name = file.strip_suffix(".json").unwrap_or(&file);
    EVENTS.get(name).map(Json).ok_or_else(Problem::not_found)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use commands::policy::MATRIX;

    use super::*;

    #[test]
    fn nothing_refers_to_what_is_not_there() {
        let document = openapi();
        let text = document.to_string();
        let wanted = text.split("\"#/components/schemas/").skip(1);
        let missing: BTreeSet<_> = wanted
            .filter_map(|rest| rest.split('"').next())
            .filter(|name| document["components"]["schemas"].get(name).is_none())
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn every_operation_names_the_right_it_takes() {
        let document = openapi();
        let items = document["paths"].as_object().unwrap().values();
        let operations = items.flat_map(|item| item.as_object().unwrap().values());
        let known: BTreeSet<_> =
            MATRIX.iter().map(|(right, _)| right.to_string()).chain(["public".into()]).collect();
        let silent: Vec<_> = operations
            .filter(|operation| operation["x-right"].as_str().is_none_or(|it| !known.contains(it)))
            .map(|operation| operation["operationId"].to_string())
            .collect();
        assert!(silent.is_empty(), "{silent:#?}");
    }

    #[test]
    fn every_command_names_its_idempotency_key() {
        let document = openapi();
        let takes = |path: &str, method: &str| {
            let parameters = document["paths"][path][method]["parameters"].as_array();
            let names = parameters.into_iter().flatten().map(|it| it["name"].to_string());
            names.filter(|name| name.contains('-')).collect::<Vec<_>>().join(" ")
        };
        let key = "\"Idempotency-Key\"";
        assert_eq!(takes("/api/v1/users", "post"), key);
        assert_eq!(takes("/api/v1/issues/{id}/comments", "post"), key);
        let both = format!("{key} \"If-Match\"");
        assert_eq!(takes("/api/v1/cabinets/{id}/members/{user}", "delete"), both);
        assert_eq!(takes("/api/v1/customers/{id}", "patch"), both);
        assert_eq!(takes("/api/v1/jwt", "post"), "");
    }

    #[test]
    fn every_operation_has_a_name_of_its_own() {
        let document = openapi();
        let items = document["paths"].as_object().unwrap().values();
        let operations = items.flat_map(|item| item.as_object().unwrap().values());
        let mut names = BTreeSet::new();
        for operation in operations {
            let name = operation["operationId"].as_str().unwrap().to_owned();
            assert!(names.insert(name.clone()), "{name}");
        }
    }
}
