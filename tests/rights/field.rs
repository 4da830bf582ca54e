use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::world::Caller;
use uuid::Uuid;

use super::{scene::Scene, table::Table};

/// Fields that nobody sets from outside, as far as a body does not say that it has them.
const NOBODYS: [&str; 12] = [
    "id",
    "version",
    "position",
    "created_at",
    "created_by",
    "role",
    "roles",
    "cabinet",
    "organisation_id",
    "standing",
    "price",
    "hash",
];
/// What others define, with fields of their own.
const OPEN: [&str; 1] = ["purchasing.ingest.purchases"];

#[tokio::test]
async fn s_03_what_a_body_does_not_have_is_refused_by_name() {
    let mut scene = Scene::set().await;
    let table = Table::read();
    let mut accepted = vec![];
    for (path, item) in table.openapi["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let name = operation["operationId"].as_str().unwrap();
            if schema.is_null() || OPEN.contains(&name) {
                continue;
            }
            let sample = api::sample(schema, &table.openapi, "word");
            let Some(known) = sample.as_object() else { continue };
            let method: Method = method.to_uppercase().parse().unwrap();
            for field in NOBODYS.iter().filter(|field| !known.contains_key(**field)) {
                let mut body = sample.clone();
                body[*field] = json!("x");
                let status = send(&scene.admin, method.clone(), path, body).await;
                if status != StatusCode::UNPROCESSABLE_ENTITY {
                    accepted.push(format!("{name} with {field}: {status}"));
                }
            }
        }
    }
    scene.world.stop().await;
    assert!(accepted.is_empty(), "{}", accepted.join("\n"));
}

#[tokio::test]
async fn s_03_no_answer_has_a_field_that_is_not_published_for_it() {
    let mut scene = Scene::set().await;
    let table = Table::read();
    let mut seen = 0;
    for (path, item) in table.openapi["paths"].as_object().unwrap() {
        let answer = &item["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        if answer.is_null() || path.contains('{') {
            continue;
        }
        let published = api::sample(answer, &table.openapi, "word");
        for who in &scene.people {
            let told = who.caller.get(path).await;
            if told.status == StatusCode::OK {
                seen += 1;
                compare(&told.body, &published, path, &who.name);
            }
        }
    }
    assert!(seen > 30, "only {seen} answers were seen");

    // To each other the users of a client are names (roles, "View users").
    let client = scene.people.iter().find(|who| who.name == "client_user/subtree").unwrap();
    let users = client.caller.get("/users").await.expect(StatusCode::OK).body;
    let users = users["data"].as_array().unwrap();
    assert!(users.len() > 1 && users.iter().all(|user| user["email"].is_null()), "{users:?}");
    scene.world.stop().await;
}

/// Every field is one that is published; of a list, the fields of every row.
fn compare(told: &Value, published: &Value, place: &str, who: &str) {
    match (told, published) {
        (Value::Object(told), Value::Object(published)) if !published.is_empty() => {
            let names = |fields: &serde_json::Map<String, Value>| -> BTreeSet<String> {
                fields.keys().cloned().collect()
            };
            let extra: Vec<_> = names(told).difference(&names(published)).cloned().collect();
            assert!(extra.is_empty(), "{place} tells {who} {extra:?}");
            for (name, value) in told {
                compare(value, &published[name], &format!("{place}/{name}"), who);
            }
        }
        (Value::Array(told), Value::Array(published)) => {
            for row in told {
                compare(row, &published[0], place, who);
            }
        }
        _ => {}
    }
}

async fn send(by: &Caller, method: Method, path: &str, body: Value) -> StatusCode {
    let mut parts: Vec<_> = path.split('/').map(str::to_owned).collect();
    for part in parts.iter_mut().filter(|part| part.starts_with('{')) {
        *part = Uuid::nil().to_string();
    }
    by.send(method, &parts.join("/"), &[], Some(body)).await.unwrap().status
}
