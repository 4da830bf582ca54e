//! S-03: a body has the fields that are published for it, and whoever asks is told no others, in lists
//! and of single things.

use std::collections::{BTreeSet, HashMap};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::world::Caller;
use uuid::Uuid;

use super::{
    scene::{Scene, create},
    table::Table,
};
use crate::scheduling::salon::{Salon, in_days};

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
/// What others define, with fields of their own: messages of purchase systems…
const OPEN: [&str; 1] = ["purchasing.ingest.purchases"];
/// …and parts of bodies.
const OPEN_PARTS: [&str; 3] = ["/credential", "/parameters", "/schema"];

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
            let sample = schemas::sample(schema, &table.openapi, "word");
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
            for part in objects(&sample).into_iter().filter(|part| !part.is_empty()) {
                let mut body = sample.clone();
                body.pointer_mut(&part).unwrap()["unheard_of"] = json!("x");
                let status = send(&scene.admin, method.clone(), path, body).await;
                if status != StatusCode::UNPROCESSABLE_ENTITY {
                    accepted.push(format!("{name} with {part}/unheard_of: {status}"));
                }
            }
        }
    }
    scene.world.stop().await;
    assert!(accepted.is_empty(), "{}", accepted.join("\n"));
}

/// The pointers of all objects whose fields we define.
fn objects(body: &Value) -> Vec<String> {
    let below = |name: String, value: &Value| -> Vec<String> {
        objects(value).into_iter().map(|rest| format!("/{name}{rest}")).collect()
    };
    let mut found: Vec<_> = match body {
        Value::Object(fields) => {
            let parts = fields.iter().flat_map(|(name, value)| below(name.clone(), value));
            parts.chain([String::new()]).collect()
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.flat_map(|(place, item)| below(place.to_string(), item)).collect()
        }
        _ => vec![],
    };
    found.retain(|part| !OPEN_PARTS.iter().any(|open| part.starts_with(open)));
    found
}

#[tokio::test]
async fn s_03_no_answer_has_a_field_that_is_not_published_for_it() {
    let mut scene = Scene::set().await;
    let table = Table::read();
    more(&scene).await;
    scene.world.settled().await;
    // Lists come before what is in them.
    let mut reads: Vec<_> = table.openapi["paths"].as_object().unwrap().iter().collect();
    reads.sort_by_key(|(path, _)| path.matches('/').count());
    let (mut seen, mut answers) = (BTreeSet::new(), 0);
    for who in &scene.people {
        // The first row that they see of each list, by the path of the list.
        let mut rows: HashMap<&str, Value> = HashMap::new();
        for (path, item) in &reads {
            let answer = &item["get"]["responses"]["200"]["content"]["application/json"]["schema"];
            let Some(asked) = filled(path, &rows).filter(|_| !answer.is_null()) else { continue };
            let query = super::matrix::query(&item["get"], &table);
            let told = who.caller.get(&format!("{asked}?{query}")).await;
            if told.status == StatusCode::OK {
                let published = schemas::sample(answer, &table.openapi, "word");
                compare(&told.body, &published, path, &who.name);
                seen.insert(*path);
                answers += 1;
                rows.extend(told.body["data"].get(0).map(|row| (path.as_str(), row.clone())));
            }
        }
    }
    assert!(seen.len() > 55 && answers > 300, "{} paths, {answers} answers", seen.len());

    // To each other the users of a client are names (roles, "View users").
    let client = scene.people.iter().find(|who| who.name == "client_user/subtree").unwrap();
    let users = client.caller.get("/users").await.expect(StatusCode::OK).body;
    let users = users["data"].as_array().unwrap();
    assert!(users.len() > 1 && users.iter().all(|user| user["email"].is_null()), "{users:?}");
    scene.world.stop().await;
}

/// Something of every kind of which the scene has nothing.
pub(super) async fn more(scene: &Scene) {
    let admin = &scene.admin;
    let salon = Salon::open(admin.clone()).await;
    let appointment = salon.book(salon.customer().await, &in_days(3)).await;
    let notes = format!("/appointments/{}/add-internal-note", appointment.id());
    admin.post(&notes, json!({ "text": "Comes late." })).await.expect(StatusCode::OK);
    let issue = json!({ "title": "No print", "text": "It jams." });
    let issue = create(admin, "/issues", issue).await;
    create(admin, &format!("/issues/{issue}/comments"), json!({ "text": "Still." })).await;
}

/// The path of the first of whatever it is about, if a list showed one.
fn filled(path: &str, rows: &HashMap<&str, Value>) -> Option<String> {
    let (mut asked, mut list) = (String::new(), String::new());
    for part in path.split('/').skip(1) {
        let name = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
        let value = match name {
            None => part,
            Some(name) => {
                let row = rows.get(list.as_str())?;
                row.get(name).unwrap_or(&row["id"]).as_str()?
            }
        };
        asked.extend(["/", value]);
        list.extend(["/", part]);
    }
    Some(asked)
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
