//! The published OpenAPI document, and the check of an answer against it.

use std::{collections::BTreeSet, path::Path};

use jsonschema::Draft;
use reqwest::{Method, Response, header::CONTENT_TYPE};
use serde_json::{Value, json};

/// `schemas/openapi.json`.
pub(super) struct Document(Value);

/// One operation of the document.
pub(super) struct Operation<'a> {
    pub(super) name: &'a str,
    responses: &'a Value,
}

impl Document {
    pub(super) fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/openapi.json");
        Self(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
    }

    /// The names of all operations.
    pub(super) fn operations(&self) -> BTreeSet<&str> {
        let items = self.0["paths"].as_object().unwrap().values();
        let operations = items.flat_map(|item| item.as_object().unwrap().values());
        operations.map(|operation| operation["operationId"].as_str().unwrap()).collect()
    }

    /// The paths of lists and reports that can be asked for as of an earlier moment.
    pub(super) fn paths_of_the_past(&self) -> impl Iterator<Item = &str> {
        let takes = |item: &Value| {
            let parameters = item["get"]["parameters"].as_array();
            let has = |name| parameters.is_some_and(|all| all.iter().any(|it| it["name"] == name));
            has("as_of") && has("limit")
        };
        let paths = self.0["paths"].as_object().unwrap().iter();
        paths
            .filter(move |(_, item)| takes(item))
            .map(|(path, _)| path.trim_start_matches("/api/v1"))
    }

    /// Method, path, and a body that fits, of the operation of a name.
    pub(super) fn request(&self, name: &str) -> Option<(Method, &str, Option<Value>)> {
        self.0["paths"].as_object().unwrap().iter().find_map(|(path, item)| {
            let (method, operation) = item
                .as_object()
                .unwrap()
                .iter()
                .find(|(_, operation)| operation["operationId"] == name)?;
            let body = operation["requestBody"]["content"].as_object();
            let body = body.and_then(|content| content.values().next());
            let body = body.map(|body| schemas::sample(&body["schema"], &self.0, "word"));
            Some((method.to_uppercase().parse().unwrap(), path.trim_start_matches("/api/v1"), body))
        })
    }

    /// The operation of `method` at `path`, which is relative to `/api/v1`.
    #[track_caller]
    pub(super) fn operation(&self, method: &Method, path: &str) -> Operation<'_> {
        let path = path.split('?').next().unwrap();
        let matches = |template: &str| {
            let parts = template.trim_start_matches("/api/v1").split('/');
            let fits = |(part, actual): (&str, &str)| part == actual || part.starts_with('{');
            parts.clone().count() == path.split('/').count() && parts.zip(path.split('/')).all(fits)
        };
        let paths = self.0["paths"].as_object().unwrap().iter();
        let item = paths
            .filter(|(template, _)| matches(template))
            .min_by_key(|(template, _)| template.matches('{').count());
        let (_, item) = item.unwrap_or_else(|| panic!("{path} is not published"));
        let operation = &item[method.as_str().to_lowercase()];
        let name = operation["operationId"].as_str();
        let name = name.unwrap_or_else(|| panic!("{method} {path} is not published"));
        Operation { name, responses: &operation["responses"] }
    }

    /// The body of an answer, and every difference from what is published. The body of an event
    /// stream, which has no end, is not read.
    pub(super) async fn read_answer(
        &self,
        operation: &Operation<'_>,
        answer: Response,
    ) -> (Value, Vec<String>) {
        let status = answer.status().as_u16().to_string();
        let content_type = answer.headers().get(CONTENT_TYPE).map(|value| value.to_str().unwrap());
        let content_type =
            content_type.and_then(|value| value.split(';').next()).unwrap_or_default().to_owned();
        if content_type == "text/event-stream" {
            return (Value::Null, vec![]);
        }
        let body = answer.bytes().await.unwrap();
        let body = match &content_type[..] {
            _ if body.is_empty() => Value::Null,
            "text/html" | "text/plain" => Value::String(String::from_utf8(body.to_vec()).unwrap()),
            "application/pdf" => Value::String(String::from_utf8_lossy(&body).into_owned()),
            _ => serde_json::from_slice(&body).unwrap(),
        };
        let content = &operation.responses[&status]["content"];
        // A file has a type of its own.
        let is_file = content["application/octet-stream"].is_object();
        let violations = match &content[&content_type]["schema"] {
            _ if is_file => vec![],
            _ if operation.responses[&status].is_null() => {
                vec![format!("{status} is not published")]
            }
            Value::Null if content_type.is_empty() && content.is_null() => vec![],
            Value::Null => vec![format!("{status} with {content_type:?} is not published")],
            schema => self.violations(schema, &body),
        };
        (body, violations)
    }

    fn violations(&self, schema: &Value, body: &Value) -> Vec<String> {
        let schema = json!({ "allOf": [schema], "components": self.0["components"] });
        let options = jsonschema::options().with_draft(Draft::Draft202012);
        let schema = options.should_validate_formats(true).build(&schema).unwrap();
        let violation = |violation: jsonschema::ValidationError<'_>| {
            format!("{}: {violation}", violation.instance_path())
        };
        schema.iter_errors(body).map(violation).collect()
    }
}
