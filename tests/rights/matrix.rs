use reqwest::{Method, StatusCode};
use serde_json::Value;
use uuid::Uuid;

use super::{
    scene::{Scene, Someone},
    table::{Owner, Scope, Table, covers},
};

/// An operation as it is published.
pub(super) struct Operation<'a> {
    pub(super) method: Method,
    pub(super) path: &'a str,
    pub(super) name: &'a str,
    pub(super) right: &'a str,
    /// The right to see the item that it is about, if it is about one.
    seen: Option<&'a str>,
    body: Option<&'a Value>,
    /// What its query string must have.
    query: String,
}

/// What must come of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// Whatever the business says; the caller may ask.
    Heard,
    SignIn,
    Forbidden,
    /// Not there, as far as the caller may know.
    Hidden,
    /// Either: that the role has no such right tells nothing of the item.
    Refused,
}

/// Whoever decides about these looks after another cabinet than that of the path: the one above.
const OF_THE_ONE_ABOVE: [&str; 1] = ["organizations.cabinet.detach"];
/// What these are about lies below that one, and takes the reach over its sub-tree.
const BELOW: [&str; 2] = ["organizations.cabinet.create", "organizations.cabinet.detach"];
/// What it is done to stands in the body, and in the scene there is no such thing.
const NAMED_IN_THE_BODY: [&str; 1] = ["organizations.cabinet.attach_child"];
/// Nobody was asked, so nobody may answer.
const OF_NOBODY: [&str; 2] =
    ["organizations.cabinet.accept_attachment", "organizations.cabinet.decline_attachment"];

#[tokio::test]
async fn every_endpoint_answers_every_role_about_everybody_as_the_table_says() {
    let table = Table::read();
    let mut scene = Scene::set().await;
    let mut wrong = vec![];
    let mut cells = 0;
    for operation in operations(&table) {
        for who in &scene.people {
            for owner in Owner::ALL {
                let Some((path, exists)) = address(&operation, &scene, owner, who) else {
                    continue;
                };
                let expected = match expected(&table, &operation, who, owner) {
                    Answer::Forbidden | Answer::Hidden
                        if !exists || NAMED_IN_THE_BODY.contains(&operation.name) =>
                    {
                        Answer::Refused
                    }
                    expected => expected,
                };
                if expected == Answer::Heard && !is_harmless(&operation) {
                    continue;
                }
                let status = ask(&table, &operation, who, &path).await;
                cells += 1;
                if !fits(expected, status) {
                    let Operation { method, path, right, .. } = &operation;
                    let name = &who.name;
                    wrong.push(format!(
                        "{method} {path} ({right}) by {name} of {owner:?}: {status}, not {expected:?}"
                    ));
                }
            }
        }
    }
    scene.world.stop().await;
    assert!(wrong.is_empty(), "{} of {cells} cells:\n{}", wrong.len(), wrong.join("\n"));
    assert!(cells > 3_000, "only {cells} cells were asked");
}

pub(super) fn operations(table: &Table) -> Vec<Operation<'_>> {
    let paths = table.openapi["paths"].as_object().unwrap();
    let right = |path: &str| paths.get(path)?["get"]["x-right"].as_str();
    let mut operations = vec![];
    // What is outside keeps to standards of its own.
    for (path, item) in paths.iter().filter(|(path, _)| path.starts_with("/api/")) {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            let parts: Vec<_> = path.split('/').collect();
            let item = parts.iter().position(|part| part.starts_with('{'));
            let body = &operation["requestBody"]["content"]["application/json"]["schema"];
            operations.push(Operation {
                method: method.to_uppercase().parse().unwrap(),
                path,
                name,
                right: operation["x-right"].as_str().unwrap_or_else(|| panic!("{name}: no right")),
                seen: item.and_then(|item| right(&parts[..=item].join("/"))),
                body: (!body.is_null()).then_some(body),
                query: query(operation, table),
            });
        }
    }
    operations
}

pub(super) fn query(operation: &Value, table: &Table) -> String {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let needed = parameters.filter(|it| it["in"] == "query" && it["required"] == true);
    let words = needed.map(|it| {
        let value = schemas::sample(&it["schema"], &table.openapi, "2030-01-07");
        format!("{}={}", it["name"].as_str().unwrap(), value.as_str().unwrap())
    });
    words.collect::<Vec<_>>().join("&")
}

/// The path of something that belongs to `owner`, and whether it exists; of what there is none of
/// in the scene, that of nothing. Whatever is about no item is asked once.
fn address(
    operation: &Operation<'_>,
    scene: &Scene,
    owner: Owner,
    who: &Someone,
) -> Option<(String, bool)> {
    let mut parts: Vec<String> = operation.path.split('/').map(str::to_owned).collect();
    if !operation.path.contains('{') {
        return (owner == Owner::Nobody).then(|| (operation.path.to_owned(), true));
    }
    let kind = parts[3].clone();
    let known = scene.thing(&kind, owner, who);
    let thing = known.or((owner == Owner::Nobody).then(Uuid::nil))?;
    let member = scene.thing("users", owner, who).unwrap_or_default();
    let mut first = true;
    for part in parts.iter_mut().filter(|part| part.starts_with('{')) {
        let value = if part == "{user}" {
            member
        } else if first {
            thing
        } else {
            Uuid::nil()
        };
        first = false;
        *part = value.to_string();
    }
    Some((parts.join("/"), known.is_some()))
}

pub(super) fn expected(
    table: &Table,
    operation: &Operation<'_>,
    who: &Someone,
    owner: Owner,
) -> Answer {
    let cell = |right| table.cell(right, who.role, who.reach);
    let asks = operation.method == Method::GET;
    let decides = match owner {
        _ if OF_NOBODY.contains(&operation.name) => Owner::Nobody,
        Owner::Own | Owner::Sibling if OF_THE_ONE_ABOVE.contains(&operation.name) => Owner::Parent,
        Owner::Child if OF_THE_ONE_ABOVE.contains(&operation.name) => Owner::Own,
        owner => owner,
    };
    let right = match cell(operation.right) {
        reach if BELOW.contains(&operation.name) && reach < Scope::Subtree => Scope::None,
        reach => reach,
    };
    let item = operation.path.contains('{');
    let seen = operation.seen.map_or(right, cell);
    let may = if item {
        covers(right, decides) && (!asks || covers(seen, owner))
    } else {
        right != Scope::None
    };
    if who.role == "guest" {
        return if right == Scope::All { Answer::Heard } else { Answer::SignIn };
    }
    if may {
        Answer::Heard
    } else if !item || (!asks && covers(seen, owner)) {
        Answer::Forbidden
    } else if right == Scope::None || (asks && operation.seen != Some(operation.right)) {
        // A part of an item may be refused, or not be there.
        Answer::Refused
    } else {
        Answer::Hidden
    }
}

fn fits(expected: Answer, status: StatusCode) -> bool {
    match expected {
        Answer::Heard => !status.is_server_error() && !matches!(status.as_u16(), 401 | 403),
        Answer::SignIn => status == StatusCode::UNAUTHORIZED,
        Answer::Forbidden => status == StatusCode::FORBIDDEN,
        Answer::Hidden => status == StatusCode::NOT_FOUND,
        Answer::Refused => matches!(status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND),
    }
}

/// Whether asking leaves the scene as it is: a version that nothing has stops a command once it is
/// allowed, but nothing stops what has no version.
fn is_harmless(operation: &Operation<'_>) -> bool {
    operation.method == Method::GET || operation.seen.is_some()
}

async fn ask(table: &Table, operation: &Operation<'_>, who: &Someone, path: &str) -> StatusCode {
    let body = operation.body.map(|schema| schemas::least(schema, &table.openapi, "word"));
    let version = ("If-Match", "\"999999\"".to_owned());
    let headers = if operation.method == Method::GET { vec![] } else { vec![version] };
    let path = format!("{path}?{}", operation.query);
    let path = path.trim_end_matches('?');
    who.caller.begin(operation.method.clone(), path, &headers, body).await.unwrap().status()
}
