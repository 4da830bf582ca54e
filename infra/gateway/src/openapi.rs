//! The documents of all instances as one.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use api::{Problem, docs};
use axum::{
    Json,
    body::{Body, to_bytes},
    extract::State,
    http::{Uri, uri::Scheme},
    response::Response,
};
use serde_json::{Map, Value};

use super::{Gateway, table::Upstream};

/// No document is larger, in bytes.
const LARGEST: usize = 16 << 20;

/// `GET /api/v1/openapi.json`
pub(super) async fn joined(
    State(gateway): State<Gateway>,
    uri: Uri,
) -> Result<Json<Value>, Problem> {
    gateway.whole(uri.path()).await.map(Json)
}

/// `GET /api/v1/docs`
pub(super) async fn page(State(gateway): State<Gateway>, uri: Uri) -> Result<Response, Problem> {
    let (version, _) = uri.path().rsplit_once('/').unwrap_or_default();
    let document = gateway.whole(&format!("{version}/openapi.json")).await?;
    Ok(docs::served(docs::page(&document)))
}

impl Gateway {
    /// The document at a path: asks one instance of each kind.
    async fn whole(&self, path: &str) -> Result<Value, Problem> {
        let table = self.table();
        let mut kinds: BTreeMap<&BTreeSet<String>, Vec<&Arc<Upstream>>> = BTreeMap::new();
        for upstream in table.upstreams() {
            kinds.entry(&upstream.instance.paths).or_default().push(upstream);
        }
        let mut whole = Value::Null;
        for kind in kinds.into_values() {
            for upstream in kind {
                if let Some(document) = self.document(upstream, path).await {
                    join(&mut whole, document);
                    break;
                }
            }
        }
        if whole.is_null() {
            return Err(Problem::unavailable("unavailable", "nobody can be asked just now"));
        }
        Ok(whole)
    }

    async fn document(&self, upstream: &Upstream, path: &str) -> Option<Value> {
        let uri = Uri::builder()
            .scheme(Scheme::HTTP)
            .authority(upstream.instance.address.clone())
            .path_and_query(path);
        let answer = self.0.client.get(uri.build().ok()?).await.ok()?;
        let body = to_bytes(Body::new(answer.into_body()), LARGEST).await.ok()?;
        serde_json::from_slice(&body).ok()
    }
}

/// Adds what another document says: its paths, methods of the same path, and schemas.
fn join(whole: &mut Value, other: Value) {
    if whole.is_null() {
        *whole = other;
        return;
    }
    if let (Value::Object(whole), Value::Object(other)) = (whole, other) {
        for part in ["paths", "components"] {
            let other = other.get(part).and_then(Value::as_object).cloned();
            deepen(whole.entry(part).or_insert_with(|| Map::new().into()), other);
        }
    }
}

/// Adds the fields that are missing; of paths and components those one and two levels down.
fn deepen(whole: &mut Value, other: Option<Map<String, Value>>) {
    let Some(whole) = whole.as_object_mut() else { return };
    for (name, more) in other.into_iter().flatten() {
        match (whole.get_mut(&name), more) {
            (Some(Value::Object(known)), Value::Object(more)) => {
                for (name, value) in more {
                    known.entry(name).or_insert(value);
                }
            }
            (Some(_), _) => {}
            (None, more) => {
                whole.insert(name, more);
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
        let mut whole = Value::Null;
        join(
            &mut whole,
            json!({ "openapi": "3.1.0", "paths": { "/a": { "get": 1 } },
            "components": { "schemas": { "A": 1 } } }),
        );
        join(
            &mut whole,
            json!({ "openapi": "3.1.0", "paths": { "/a": { "post": 2 }, "/b": {} },
            "components": { "schemas": { "A": 1, "B": 2 } } }),
        );
        assert_eq!(
            whole,
            json!({ "openapi": "3.1.0",
            "paths": { "/a": { "get": 1, "post": 2 }, "/b": {} },
            "components": { "schemas": { "A": 1, "B": 2 } } })
        );
    }
}
