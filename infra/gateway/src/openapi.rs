//! Serves the OpenAPI documents of all instances merged into one.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use api::{Problem, ProblemCode, docs};
use axum::{
    Json,
    body::{Body, to_bytes},
    extract::State,
    http::{Uri, uri::Scheme},
    response::Response,
};
use serde_json::{Map, Value};

use crate::{gateway::Gateway, routing_table::Upstream};

/// The largest document of an instance that is read, in bytes.
const MAX_DOCUMENT_LENGTH: usize = 16 << 20;

/// `GET /api/v1/openapi.json`
pub(super) async fn document(
    State(gateway): State<Gateway>,
    uri: Uri,
) -> Result<Json<Value>, Problem> {
    gateway.merged_document(uri.path()).await.map(Json)
}

/// `GET /api/v1/docs`
pub(super) async fn docs_page(
    State(gateway): State<Gateway>,
    uri: Uri,
) -> Result<Response, Problem> {
    let (version, _) = uri.path().rsplit_once('/').unwrap_or_default();
    let document = gateway.merged_document(&format!("{version}/openapi.json")).await?;
    Ok(docs::page_response(docs::render_page(&document)))
}

impl Gateway {
    /// The merged document at a path, from one instance for each set of paths.
    async fn merged_document(&self, path: &str) -> Result<Value, Problem> {
        let routing_table = self.routing_table();
        let mut kinds: BTreeMap<&BTreeSet<String>, Vec<&Arc<Upstream>>> = BTreeMap::new();
        for upstream in routing_table.upstreams() {
            kinds.entry(&upstream.instance.paths).or_default().push(upstream);
        }
        let mut merged = Value::Null;
        for kind in kinds.into_values() {
            for upstream in kind {
                if let Some(document) = self.fetch_document(upstream, path).await {
                    merge(&mut merged, document);
                    break;
                }
            }
        }
        if merged.is_null() {
            return Err(Problem::unavailable(
                ProblemCode::Unavailable,
                "nobody can be asked just now",
            ));
        }
        Ok(merged)
    }

    async fn fetch_document(&self, upstream: &Upstream, path: &str) -> Option<Value> {
        let uri = Uri::builder()
            .scheme(Scheme::HTTP)
            .authority(upstream.instance.address.clone())
            .path_and_query(path);
        let answer = self.0.client.get(uri.build().ok()?).await.ok()?;
        let body = to_bytes(Body::new(answer.into_body()), MAX_DOCUMENT_LENGTH).await.ok()?;
        serde_json::from_slice(&body).ok()
    }
}

/// Adds the paths, methods of the same path, and schemas of another document.
fn merge(merged: &mut Value, other: Value) {
    if merged.is_null() {
        *merged = other;
        return;
    }
    if let (Value::Object(merged), Value::Object(other)) = (merged, other) {
        for part in ["paths", "components"] {
            let other = other.get(part).and_then(Value::as_object).cloned();
            merge_entries(merged.entry(part).or_insert_with(|| Map::new().into()), other);
        }
    }
}

/// Adds missing entries, and missing fields of entries that both have.
fn merge_entries(merged: &mut Value, other: Option<Map<String, Value>>) {
    let Some(merged) = merged.as_object_mut() else { return };
    for (name, more) in other.into_iter().flatten() {
        match (merged.get_mut(&name), more) {
            (Some(Value::Object(existing)), Value::Object(more)) => {
                for (name, value) in more {
                    existing.entry(name).or_insert(value);
                }
            }
            (Some(_), _) => {}
            (None, more) => {
                merged.insert(name, more);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn two_documents_become_one() {
        let mut merged = Value::Null;
        merge(
            &mut merged,
            json!({ "openapi": "3.1.0", "paths": { "/a": { "get": 1 } },
            "components": { "schemas": { "A": 1 } } }),
        );
        merge(
            &mut merged,
            json!({ "openapi": "3.1.0", "paths": { "/a": { "post": 2 }, "/b": {} },
            "components": { "schemas": { "A": 1, "B": 2 } } }),
        );
        assert_eq!(
            merged,
            json!({ "openapi": "3.1.0",
            "paths": { "/a": { "get": 1, "post": 2 }, "/b": {} },
            "components": { "schemas": { "A": 1, "B": 2 } } })
        );
    }
}
