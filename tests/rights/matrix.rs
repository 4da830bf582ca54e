//! Every operation, as every principal, with items of every owner: the answer is what the matrix
//! says.

use reqwest::{Method, StatusCode};
use serde_json::Value;
use uuid::Uuid;

use super::{
    fixture::{Fixture, Principal},
    table::{Owner, RightsTable, Scope, covers},
};

/// An operation as it is published.
pub(super) struct Operation<'a> {
    pub(super) method: Method,
    pub(super) path: &'a str,
    pub(super) name: &'a str,
    pub(super) right: &'a str,
    /// The right to read the item in its path, if there is one.
    read_right: Option<&'a str>,
    body: Option<&'a Value>,
    /// The required parameters of its query string.
    query: String,
}

/// How a request must be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExpectedAnswer {
    /// The caller has the right; business rules may still refuse.
    Allowed,
    Unauthenticated,
    Forbidden,
    /// Outside the caller's scope, so treated as absent.
    NotFound,
    /// Either: the role has no such right at all, which reveals nothing about the item.
    ForbiddenOrNotFound,
}

/// Operations that are decided in the parent of the path's cabinet.
const DECIDED_BY_PARENT: [&str; 1] = ["organizations.cabinet.detach"];
/// Operations on cabinets below one's own, which need a reach over the sub-tree.
const NEEDS_SUBTREE: [&str; 2] = ["organizations.cabinet.create", "organizations.cabinet.detach"];
/// Operations whose target is in the body; the fixture has none.
const TARGET_IN_BODY: [&str; 1] = ["organizations.cabinet.attach_child"];
/// Operations that answer a request for attachment; the fixture has none.
const NEVER_ALLOWED: [&str; 2] =
    ["organizations.cabinet.accept_attachment", "organizations.cabinet.decline_attachment"];

#[tokio::test]
async fn every_endpoint_answers_every_role_about_everybody_as_the_table_says() {
    let table = RightsTable::read();
    let mut fixture = Fixture::new().await;
    let mut failures = vec![];
    let mut cells = 0;
    for operation in operations(&table) {
        for principal in &fixture.principals {
            for owner in Owner::ALL {
                let Some((path, exists)) = path_for(&operation, &fixture, owner, principal) else {
                    continue;
                };
                let expected = match expected(&table, &operation, principal, owner) {
                    ExpectedAnswer::Forbidden | ExpectedAnswer::NotFound
                        if !exists || TARGET_IN_BODY.contains(&operation.name) =>
                    {
                        ExpectedAnswer::ForbiddenOrNotFound
                    }
                    expected => expected,
                };
                if expected == ExpectedAnswer::Allowed && !is_harmless(&operation) {
                    continue;
                }
                let status = send(&table, &operation, principal, &path).await;
                cells += 1;
                if !fits(expected, status) {
                    let Operation { method, path, right, .. } = &operation;
                    let name = &principal.name;
                    failures.push(format!(
                        "{method} {path} ({right}) by {name} of {owner:?}: {status}, not {expected:?}"
                    ));
                }
            }
        }
    }
    fixture.world.stop().await;
    assert!(failures.is_empty(), "{} of {cells} cells:\n{}", failures.len(), failures.join("\n"));
    assert!(cells > 3_000, "only {cells} cells were asked");
}

pub(super) fn operations(table: &RightsTable) -> Vec<Operation<'_>> {
    let paths = table.openapi["paths"].as_object().unwrap();
    let right = |path: &str| paths.get(path)?["get"]["x-right"].as_str();
    let mut operations = vec![];
    // Paths outside of `/api/` follow other standards.
    for (path, item) in paths.iter().filter(|(path, _)| path.starts_with("/api/")) {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            let parts: Vec<_> = path.split('/').collect();
            // What may be absent is an item, also where there is only one, which needs no id.
            let is_read = |last: &usize| right(&parts[..=*last].join("/")).is_some();
            let only = (!operation["responses"]["404"].is_null())
                .then(|| (3..parts.len()).find(is_read))
                .flatten();
            let item = parts.iter().position(|part| part.starts_with('{')).or(only);
            let body = &operation["requestBody"]["content"]["application/json"]["schema"];
            operations.push(Operation {
                method: method.to_uppercase().parse().unwrap(),
                path,
                name,
                right: operation["x-right"].as_str().unwrap_or_else(|| panic!("{name}: no right")),
                read_right: item.and_then(|item| right(&parts[..=item].join("/"))),
                body: (!body.is_null()).then_some(body),
                query: query(operation, table),
            });
        }
    }
    operations
}

pub(super) fn query(operation: &Value, table: &RightsTable) -> String {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let required =
        parameters.filter(|parameter| parameter["in"] == "query" && parameter["required"] == true);
    let pairs = required.map(|parameter| {
        let value = schemas::sample(&parameter["schema"], &table.openapi, "2030-01-07");
        format!("{}={}", parameter["name"].as_str().unwrap(), value.as_str().unwrap())
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// Whether a path names an item, which belongs to somebody. What callers keep for themselves is theirs.
fn names_item(path: &str) -> bool {
    path.contains('{') && !path.starts_with("/api/v1/me/preferences/")
}

/// The path for an item that belongs to `owner`, and whether that item exists. Kinds that the
/// fixture does not have get a nil id, and paths without an item are tried once: both as
/// [`Owner::Nobody`].
fn path_for(
    operation: &Operation<'_>,
    fixture: &Fixture,
    owner: Owner,
    principal: &Principal,
) -> Option<(String, bool)> {
    let mut parts: Vec<String> = operation.path.split('/').map(str::to_owned).collect();
    if !names_item(operation.path) {
        return (owner == Owner::Nobody).then(|| (operation.path.to_owned(), true));
    }
    let kind = parts[3].clone();
    let existing = fixture.item_id(&kind, owner, principal);
    let id = existing.or((owner == Owner::Nobody).then(Uuid::nil))?;
    let member = fixture.item_id("users", owner, principal).unwrap_or_default();
    let mut first = true;
    for part in parts.iter_mut().filter(|part| part.starts_with('{')) {
        let value = if part == "{user}" {
            member
        } else if first {
            id
        } else {
            Uuid::nil()
        };
        first = false;
        *part = value.to_string();
    }
    Some((parts.join("/"), existing.is_some()))
}

pub(super) fn expected(
    table: &RightsTable,
    operation: &Operation<'_>,
    principal: &Principal,
    owner: Owner,
) -> ExpectedAnswer {
    let cell = |right| table.cell(right, principal.role, principal.reach);
    let reads = operation.method == Method::GET;
    let deciding_owner = match owner {
        _ if NEVER_ALLOWED.contains(&operation.name) => Owner::Nobody,
        Owner::SameCabinet | Owner::SiblingCabinet
            if DECIDED_BY_PARENT.contains(&operation.name) =>
        {
            Owner::ParentCabinet
        }
        Owner::ChildCabinet if DECIDED_BY_PARENT.contains(&operation.name) => Owner::SameCabinet,
        owner => owner,
    };
    let right = match cell(operation.right) {
        reach if NEEDS_SUBTREE.contains(&operation.name) && reach < Scope::Subtree => Scope::None,
        reach => reach,
    };
    let has_item = names_item(operation.path);
    let read_right = operation.read_right.map_or(right, cell);
    let is_allowed = if has_item {
        covers(right, deciding_owner) && (!reads || covers(read_right, owner))
    } else {
        right != Scope::None && (!reads || read_right != Scope::None)
    };
    if principal.role == "guest" {
        return if right == Scope::All {
            ExpectedAnswer::Allowed
        } else {
            ExpectedAnswer::Unauthenticated
        };
    }
    if is_allowed {
        ExpectedAnswer::Allowed
    } else if !has_item || (!reads && covers(read_right, owner)) {
        ExpectedAnswer::Forbidden
    } else if right == Scope::None || (reads && operation.read_right != Some(operation.right)) {
        // Parts of an item may be forbidden or absent.
        ExpectedAnswer::ForbiddenOrNotFound
    } else {
        ExpectedAnswer::NotFound
    }
}

fn fits(expected: ExpectedAnswer, status: StatusCode) -> bool {
    match expected {
        ExpectedAnswer::Allowed => {
            !status.is_server_error() && !matches!(status.as_u16(), 401 | 403)
        }
        ExpectedAnswer::Unauthenticated => status == StatusCode::UNAUTHORIZED,
        ExpectedAnswer::Forbidden => status == StatusCode::FORBIDDEN,
        ExpectedAnswer::NotFound => status == StatusCode::NOT_FOUND,
        ExpectedAnswer::ForbiddenOrNotFound => {
            matches!(status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND)
        }
    }
}

/// Whether the request leaves the fixture unchanged: commands on items are sent with a wrong
/// version, which stops them after authorization.
fn is_harmless(operation: &Operation<'_>) -> bool {
    operation.method == Method::GET || operation.read_right.is_some()
}

async fn send(
    table: &RightsTable,
    operation: &Operation<'_>,
    principal: &Principal,
    path: &str,
) -> StatusCode {
    let body = operation.body.map(|schema| schemas::minimal_sample(schema, &table.openapi, "word"));
    let version = ("If-Match", "\"999999\"".to_owned());
    let headers = if operation.method == Method::GET { vec![] } else { vec![version] };
    let path = format!("{path}?{}", operation.query);
    let path = path.trim_end_matches('?');
    principal.caller.begin(operation.method.clone(), path, &headers, body).await.unwrap().status()
}
