//! S-03: bodies accept only their published fields, and answers contain no others.

use std::collections::{BTreeSet, HashMap};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::world::Caller;
use uuid::Uuid;

use super::{
    fixture::{Fixture, create},
    table::RightsTable,
};
use crate::scheduling::salon::{Salon, start_in_days};

/// Fields that clients cannot set, unless the body's schema has them.
const UNSETTABLE_FIELDS: [&str; 12] = [
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
/// Bodies with fields that others define: messages of purchase systems, what the portal keeps…
const OPEN_BODIES: [&str; 2] = ["purchasing.ingest.purchases", "identity.preferences.set"];
/// …and parts of bodies.
const OPEN_PARTS: [&str; 3] = ["/credential", "/parameters", "/schema"];

#[tokio::test]
async fn s_03_what_a_body_does_not_have_is_refused_by_name() {
    let mut fixture = Fixture::new().await;
    let table = RightsTable::read();
    let mut accepted = vec![];
    for (path, item) in table.openapi["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let name = operation["operationId"].as_str().unwrap();
            if schema.is_null() || OPEN_BODIES.contains(&name) {
                continue;
            }
            let sample = schemas::sample(schema, &table.openapi, "word");
            let Some(sample_fields) = sample.as_object() else { continue };
            let method: Method = method.to_uppercase().parse().unwrap();
            for field in
                UNSETTABLE_FIELDS.iter().filter(|field| !sample_fields.contains_key(**field))
            {
                let mut body = sample.clone();
                body[*field] = json!("x");
                let status = send(&fixture.admin, method.clone(), path, body).await;
                if status != StatusCode::UNPROCESSABLE_ENTITY {
                    accepted.push(format!("{name} with {field}: {status}"));
                }
            }
            for part in object_pointers(&sample).into_iter().filter(|part| !part.is_empty()) {
                let mut body = sample.clone();
                body.pointer_mut(&part).unwrap()["unheard_of"] = json!("x");
                let status = send(&fixture.admin, method.clone(), path, body).await;
                if status != StatusCode::UNPROCESSABLE_ENTITY {
                    accepted.push(format!("{name} with {part}/unheard_of: {status}"));
                }
            }
        }
    }
    fixture.world.stop().await;
    assert!(accepted.is_empty(), "{}", accepted.join("\n"));
}

/// The pointers of all objects whose fields we define.
fn object_pointers(body: &Value) -> Vec<String> {
    let nested = |name: String, value: &Value| -> Vec<String> {
        object_pointers(value).into_iter().map(|rest| format!("/{name}{rest}")).collect()
    };
    let mut found: Vec<_> = match body {
        Value::Object(fields) => {
            let parts = fields.iter().flat_map(|(name, value)| nested(name.clone(), value));
            parts.chain([String::new()]).collect()
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.flat_map(|(place, item)| nested(place.to_string(), item)).collect()
        }
        _ => vec![],
    };
    found.retain(|part| !OPEN_PARTS.iter().any(|open| part.starts_with(open)));
    found
}

#[tokio::test]
async fn s_03_no_answer_has_a_field_that_is_not_published_for_it() {
    let mut fixture = Fixture::new().await;
    let table = RightsTable::read();
    create_more(&fixture).await;
    fixture.world.wait_until_settled().await;
    // Lists come before their items.
    let mut reads: Vec<_> = table.openapi["paths"].as_object().unwrap().iter().collect();
    reads.sort_by_key(|(path, _)| path.matches('/').count());
    let (mut paths, mut answers) = (BTreeSet::new(), 0);
    for principal in &fixture.principals {
        // The first row of each list, by the path of the list.
        let mut rows: HashMap<&str, Value> = HashMap::new();
        for (path, item) in &reads {
            let schema = &item["get"]["responses"]["200"]["content"]["application/json"]["schema"];
            let Some(url) = fill_path(path, &rows).filter(|_| !schema.is_null()) else { continue };
            let query = super::matrix::query(&item["get"], &table);
            let response = principal.caller.get(&format!("{url}?{query}")).await;
            if response.status == StatusCode::OK {
                let published = schemas::sample(schema, &table.openapi, "word");
                assert_published(&response.body, &published, path, &principal.name);
                paths.insert(*path);
                answers += 1;
                rows.extend(response.body["data"].get(0).map(|row| (path.as_str(), row.clone())));
            }
        }
    }
    assert!(paths.len() > 55 && answers > 300, "{} paths, {answers} answers", paths.len());

    // Users of a client see each other's names only (roles, "View users").
    let client = fixture
        .principals
        .iter()
        .find(|principal| principal.name == "client_user/subtree")
        .unwrap();
    let users = client.caller.get("/users").await.expect(StatusCode::OK).body;
    let users = users["data"].as_array().unwrap();
    assert!(users.len() > 1 && users.iter().all(|user| user["email"].is_null()), "{users:?}");
    let detail_fields =
        ["language", "zone", "role", "reach", "customer", "standing", "locked", "verified"];
    let is_name = |user: &Value| detail_fields.iter().all(|field| user[field].is_null());
    let others = users.iter().filter(|user| is_name(user) && user["name"].is_string());
    assert_eq!(others.count(), users.len() - 1, "all but their own: {users:?}");
    let me = client.caller.get("/me").await.expect(StatusCode::OK).body;
    let members = format!("/cabinets/{}/members", me["data"]["cabinet"].as_str().unwrap());
    let members = client.caller.get(&members).await.expect(StatusCode::OK).body;
    let members = members["data"].as_array().unwrap();
    let is_name = |member: &&Value| {
        member["role"].is_null() && member["reach"].is_null() && member["name"].is_string()
    };
    assert!(members.len() > 1);
    assert_eq!(members.iter().filter(is_name).count(), members.len() - 1, "{members:?}");

    // Analysts know organisations by pseudonyms (roles, "Licences", "Personal data in the clear").
    let analyst = fixture.principals.iter().find(|principal| principal.role == "analyst").unwrap();
    let list = "/licenses?include=names";
    let row = fixture.admin.get(list).await.expect(StatusCode::OK).body;
    assert!(row["data"][0]["cabinet_name"].is_string(), "{row}");
    let rows = analyst.caller.get(list).await.expect(StatusCode::OK).body;
    assert!(rows["data"][0]["cabinet_id"].is_string(), "{rows}");
    assert!(rows["data"][0]["cabinet_name"].is_null(), "{rows}");
    let names = rows["names"].as_object().unwrap();
    let is_hidden =
        |name: &Value| name["topic"] != "organizations.cabinet" || name["name"].is_null();
    assert!(names.values().all(is_hidden), "{rows}");
    fixture.world.stop().await;
}

/// Creates items of the kinds that the fixture does not have.
pub(super) async fn create_more(fixture: &Fixture) {
    let admin = &fixture.admin;
    let salon = Salon::open(admin.clone()).await;
    let appointment = salon.book(salon.customer().await, &start_in_days(3)).await;
    let notes = format!("/appointments/{}/add-internal-note", appointment.id());
    admin.post(&notes, json!({ "text": "Comes late." })).await.expect(StatusCode::OK);
    let issue = json!({ "title": "No print", "text": "It jams." });
    let issue = create(admin, "/issues", issue).await;
    create(admin, &format!("/issues/{issue}/comments"), json!({ "text": "Still." })).await;
}

/// The path with the ids of the first rows of its lists, if there are any.
fn fill_path(path: &str, rows: &HashMap<&str, Value>) -> Option<String> {
    let (mut url, mut list) = (String::new(), String::new());
    for part in path.split('/').skip(1) {
        let name = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
        let value = match name {
            None => part,
            Some(name) => {
                let row = rows.get(list.as_str())?;
                row.get(name).unwrap_or(&row["id"]).as_str()?
            }
        };
        url.extend(["/", value]);
        list.extend(["/", part]);
    }
    Some(url)
}

/// Asserts that every field is published; in a list, the fields of every row.
fn assert_published(answer: &Value, published: &Value, place: &str, principal: &str) {
    match (answer, published) {
        (Value::Object(answer), Value::Object(published)) if !published.is_empty() => {
            let names = |fields: &serde_json::Map<String, Value>| -> BTreeSet<String> {
                fields.keys().cloned().collect()
            };
            let extra: Vec<_> = names(answer).difference(&names(published)).cloned().collect();
            assert!(extra.is_empty(), "{place} tells {principal} {extra:?}");
            for (name, value) in answer {
                assert_published(value, &published[name], &format!("{place}/{name}"), principal);
            }
        }
        (Value::Array(answer), Value::Array(published)) => {
            for row in answer {
                assert_published(row, &published[0], place, principal);
            }
        }
        _ => {}
    }
}

async fn send(caller: &Caller, method: Method, path: &str, body: Value) -> StatusCode {
    let mut parts: Vec<_> = path.split('/').map(str::to_owned).collect();
    for part in parts.iter_mut().filter(|part| part.starts_with('{')) {
        *part = Uuid::nil().to_string();
    }
    caller.send(method, &parts.join("/"), &[], Some(body)).await.unwrap().status
}
