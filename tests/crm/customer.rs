//! Customers over HTTP: their life cycle, the rules CRM-1 and CRM-2, and who may see them.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::world::{Caller, World};

#[tokio::test]
async fn a_customer_is_created_found_changed_archived_and_restored() {
    let world = World::start().await;
    let admin = world.admin().await;

    let created = admin.post("/customers", customer_body()).await.expect(StatusCode::CREATED);
    let path = format!("/customers/{}", created.id());
    assert_eq!(created.headers["location"], format!("/api/v1{path}"));

    let found = admin.get_at(&path, created.position()).await.expect(StatusCode::OK);
    let tag = found.headers["etag"].to_str().unwrap().to_owned();
    assert!(tag.starts_with("\"1-"), "{tag}");
    let status_with = async |header: &str, method: Method, body| {
        admin.send(method, &path, &[(header, tag.clone())], body).await.unwrap().status
    };
    let unchanged = status_with("If-None-Match", Method::GET, None).await;
    assert_eq!(unchanged, StatusCode::NOT_MODIFIED);
    let same = Some(json!({ "name": "Anna Müller" }));
    assert_eq!(status_with("If-Match", Method::PATCH, same.clone()).await, StatusCode::OK);
    let data = &found.body["data"];
    assert_eq!(data["display_name"], "Anna Müller");
    assert_eq!(data["contact_points"][0]["value"], "anna@example.com");

    let patched = admin.patch(&path, json!({ "organization": "Müller GmbH" })).await;
    let patched = patched.expect(StatusCode::OK);
    assert_eq!(status_with("If-Match", Method::PATCH, same).await, StatusCode::PRECONDITION_FAILED);
    let found = admin.get_at(&path, patched.position()).await.body;
    assert_eq!(found["data"]["name"], "Anna Müller", "what is not given stays");
    assert_eq!(found["data"]["organization"], "Müller GmbH");
    assert_eq!(status_with("If-None-Match", Method::GET, None).await, StatusCode::OK);

    let address = json!({ "street": "Hauptstraße 1", "city": "Berlin", "country": "DE" });
    let add = format!("{path}/add-address");
    let moved = admin.post(&add, json!({ "address": address })).await.expect(StatusCode::OK);
    for term in ["MÜLLER", "anna@ex", "hauptstraße berlin"] {
        let listed = admin.get_at(&format!("/customers?q={term}"), moved.position()).await;
        let listed = listed.expect(StatusCode::OK).body;
        assert_eq!(listed["data"].as_array().map(Vec::len), Some(1), "{term}: {listed:#}");
    }

    // Spelled as people spell it, and the number as they dial it.
    let phone = json!({ "contact": { "kind": "phone", "value": "+49 30 5550101" } });
    let reached = admin.post(&format!("{path}/add-contact-point"), phone).await;
    let reached = reached.expect(StatusCode::OK);
    for (term, count) in [
        ("mueller", 1),
        ("muller", 1),
        ("hauptstrasse", 1),
        ("030 5550101", 1),
        ("%2B49 (0)30 555 0101", 1),
        ("0049/30-5550101", 1),
        ("030 5550102", 0),
        ("m_ller", 0),
        ("m%25ller", 0),
    ] {
        let listed = admin.get_at(&format!("/customers?q={term}"), reached.position()).await;
        let listed = listed.expect(StatusCode::OK).body;
        assert_eq!(listed["data"].as_array().map(Vec::len), Some(count), "{term}: {listed:#}");
    }

    let archived = admin.delete(&path).await.expect(StatusCode::OK);
    let found = admin.get_at(&path, archived.position()).await.body;
    assert_eq!(found["data"]["status"], "archived");
    let refused = admin.patch(&path, json!({ "name": "Anna" })).await;
    assert_eq!(refused.expect(StatusCode::CONFLICT).body["code"], "archived");
    admin.post(&format!("{path}/restore"), json!({})).await.expect(StatusCode::OK);

    let history = admin.get(&format!("{path}/history")).await.expect(StatusCode::OK).body;
    let kinds: Vec<_> =
        history["data"].as_array().unwrap().iter().map(|event| &event["type"]).collect();
    assert_eq!(
        kinds,
        [
            "CustomerCreated",
            "CustomerRenamed",
            "CustomerAddressAdded",
            "CustomerContactPointAdded",
            "CustomerArchived",
            "CustomerRestored",
        ]
    );
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused_by_its_name() {
    let world = World::start().await;
    let admin = world.admin().await;
    let create =
        async |change: Value| admin.post("/customers", merge(customer_body(), &change)).await;

    let nameless = create(json!({ "name": null })).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(nameless.body["invariant"], "CRM-1");
    let without_contact =
        create(json!({ "contact_points": [] })).await.expect(StatusCode::CONFLICT);
    assert_eq!(without_contact.body["invariant"], "CRM-1");
    create(json!({ "colour": "red" })).await.expect(StatusCode::UNPROCESSABLE_ENTITY);

    let external = json!({ "external_ids": [{ "system": "shop", "id": "4711" }] });
    let first = create(external.clone()).await.expect(StatusCode::CREATED);
    let second = create(external).await.expect(StatusCode::CONFLICT);
    assert_eq!(second.body["invariant"], "CRM-2");

    let path = format!("/customers/{}", first.id());
    let patch = async |version: &str| {
        let tag = [("If-Match", version.to_owned())];
        let body = Some(json!({ "name": "Anna" }));
        admin.send(Method::PATCH, &path, &tag, body).await.unwrap()
    };
    patch("\"1\"").await.expect(StatusCode::OK);
    patch("\"1\"").await.expect(StatusCode::PRECONDITION_FAILED);
}

#[tokio::test]
async fn customers_see_themselves_and_nobody_else() {
    let world = World::start().await;
    let admin = world.admin().await;
    let [own, other] = [create_customer(&admin).await, create_customer(&admin).await];
    let client = world.user_with_role(&admin, "client_user", json!({ "customer": own })).await;
    world.wait_until_settled().await;

    client.get(&format!("/customers/{own}")).await.expect(StatusCode::OK);
    client.get(&format!("/customers/{other}")).await.expect(StatusCode::NOT_FOUND);
    let listed = client.get("/customers?count=status").await.expect(StatusCode::OK).body;
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1), "{listed:#}");
    assert_eq!(
        listed["meta"]["counts"],
        json!({ "active": 1 }),
        "what they do not see is not counted"
    );
    let name = json!({ "name": "Anna" });
    client.patch(&format!("/customers/{own}"), name.clone()).await.expect(StatusCode::OK);
    client.patch(&format!("/customers/{other}"), name).await.expect(StatusCode::NOT_FOUND);
    client.delete(&format!("/customers/{own}")).await.expect(StatusCode::FORBIDDEN);
    world.guest().get("/customers").await.expect(StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_list_is_filtered_by_several_values_and_counted_by_one_field() {
    let world = World::start().await;
    let admin = world.admin().await;
    let [first, second, third] = [(); 3].map(|()| create_customer(&admin));
    let (first, second, third) = (first.await, second.await, third.await);
    let archived = admin.delete(&format!("/customers/{third}")).await.expect(StatusCode::OK);

    let counts = json!({ "active": 2, "archived": 1 });
    for (filter, expected) in [
        ("filter[status]=active,archived".to_owned(), 3),
        ("filter[status]=!archived".to_owned(), 2),
        ("filter[status]=!archived,active".to_owned(), 0),
        ("filter[walk_in]=true,false".to_owned(), 3),
        (format!("filter[id]={first},{second},{third}&filter[status]=active"), 2),
    ] {
        let path = format!("/customers?count=status&{filter}");
        let listed = admin.get_at(&path, archived.position()).await.expect(StatusCode::OK).body;
        assert_eq!(listed["data"].as_array().map(Vec::len), Some(expected), "{filter}: {listed:#}");
        assert_eq!(listed["meta"]["counts"], counts, "{filter}");
    }
    let path = format!("/customers?count=status&filter[id]=!{first}");
    let listed = admin.get_at(&path, archived.position()).await.expect(StatusCode::OK).body;
    assert_eq!(listed["meta"]["counts"], json!({ "active": 1, "archived": 1 }), "others count");
}

async fn create_customer(admin: &Caller) -> uuid::Uuid {
    admin.post("/customers", customer_body()).await.expect(StatusCode::CREATED).id()
}

fn customer_body() -> Value {
    json!({
        "name": "Anna Müller",
        "contact_points": [{ "kind": "email", "value": "anna@example.com" }],
    })
}

fn merge(mut body: Value, change: &Value) -> Value {
    for (field, value) in change.as_object().unwrap() {
        body[field] = value.clone();
    }
    body
}
