//! The contract as it is published.

use std::{collections::BTreeSet, path::Path};

use jsonschema::Draft;
use reqwest::{Method, Response, header::CONTENT_TYPE};
use serde_json::{Value, json};

/// `schemas/openapi.json`.
pub(super) struct Published(Value);

/// One operation of it.
pub(super) struct Operation<'a> {
    pub(super) name: &'a str,
    responses: &'a Value,
}

impl Published {
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

    /// What is asked for by `method` at `path`, which is below `/api/v1`.
    #[track_caller]
    pub(super) fn operation(&self, method: &Method, path: &str) -> Operation<'_> {
        let path = path.split('?').next().unwrap();
        let is = |template: &str| {
            let parts = template.trim_start_matches("/api/v1").split('/');
            let fits = |(part, wanted): (&str, &str)| part == wanted || part.starts_with('{');
            parts.clone().count() == path.split('/').count() && parts.zip(path.split('/')).all(fits)
        };
        let paths = self.0["paths"].as_object().unwrap().iter();
        let item = paths
            .filter(|(template, _)| is(template))
            .min_by_key(|(template, _)| template.matches('{').count());
        let (_, item) = item.unwrap_or_else(|| panic!("{path} is not published"));
        let operation = &item[method.as_str().to_lowercase()];
        let name = operation["operationId"].as_str();
        let name = name.unwrap_or_else(|| panic!("{method} {path} is not published"));
        Operation { name, responses: &operation["responses"] }
    }

    /// What an answer says, and where that is not as published. A stream, which has no end, says
    /// nothing.
    pub(super) async fn read_answer(
        &self,
        operation: &Operation<'_>,
        answer: Response,
    ) -> (Value, Vec<String>) {
        let status = answer.status().as_u16().to_string();
        let kind = answer.headers().get(CONTENT_TYPE).map(|kind| kind.to_str().unwrap());
        let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().to_owned();
        if kind == "text/event-stream" {
            return (Value::Null, vec![]);
        }
        let body = answer.bytes().await.unwrap();
        let body = match &kind[..] {
            _ if body.is_empty() => Value::Null,
            "text/html" => Value::String(String::from_utf8(body.to_vec()).unwrap()),
            _ => serde_json::from_slice(&body).unwrap(),
        };
        let content = &operation.responses[&status]["content"];
        let faults = match &content[&kind]["schema"] {
            _ if operation.responses[&status].is_null() => {
                vec![format!("{status} is not published")]
            }
            Value::Null if kind.is_empty() && content.is_null() => vec![],
            Value::Null => vec![format!("{status} with {kind:?} is not published")],
            schema => self.faults(schema, &body),
        };
        (body, faults)
    }

    fn faults(&self, schema: &Value, body: &Value) -> Vec<String> {
        let schema = json!({ "allOf": [schema], "components": self.0["components"] });
        let options = jsonschema::options().with_draft(Draft::Draft202012);
        let schema = options.should_validate_formats(true).build(&schema).unwrap();
        let fault =
            |fault: jsonschema::ValidationError<'_>| format!("{}: {fault}", fault.instance_path());
        schema.iter_errors(body).map(fault).collect()
    }
}
