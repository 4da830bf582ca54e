//! `/explain`: the events that led to the value of a field.

use reqwest::StatusCode;
use serde_json::json;
use tests::world::World;

#[tokio::test]
async fn a_field_is_explained_by_the_events_that_changed_it() {
    let world = World::start().await;
    let admin = world.admin().await;
    let created = admin.post("/customers", json!({ "name": "Anna", "walk_in": true })).await;
    let item = format!("/customers/{}", created.id());
    admin.patch(&item, json!({ "organization": "Müller GmbH" })).await.expect(StatusCode::OK);
    let renamed = admin.patch(&item, json!({ "name": "Anna Müller" })).await;
    admin.get_at(&item, renamed.position()).await.expect(StatusCode::OK);

    let explained =
        admin.get(&format!("{item}/explain?field=name")).await.expect(StatusCode::OK).body;
    assert_eq!(explained["data"]["value"], "Anna Müller");
    let changes = explained["data"]["changes"].as_array().unwrap();
    let values: Vec<_> = changes.iter().map(|change| (&change["value"], &change["type"])).collect();
    let (before, after) = (json!("Anna"), json!("Anna Müller"));
    assert_eq!(values, [(&after, &json!("CustomerRenamed")), (&before, &json!("CustomerCreated"))]);
    assert_eq!(changes[0]["position"], json!(renamed.position()));

    let none = admin.get(&format!("{item}/explain?field=shoe_size")).await;
    none.expect(StatusCode::UNPROCESSABLE_ENTITY);
    let client = world.user_with_role(&admin, "client_user", json!({})).await;
    client.get(&format!("{item}/explain?field=name")).await.expect(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_computed_is_explained_by_what_it_follows_from() {
    let world = World::start().await;
    let admin = world.admin().await;
    let acme = admin.post("/cabinets", json!({ "name": "Acme" })).await.id();
    let cad = admin.post("/products", json!({ "sku": "CAD", "name": "Cad" })).await.id();
    let policy = json!({ "policy": { "term": "perpetual" } });
    let policy = admin.post(&format!("/products/{cad}/set-issuance-policy"), policy).await;
    policy.expect(StatusCode::OK);
    let license = json!({ "cabinet": acme, "product": cad, "from": "2025-01-01T00:00:00Z",
        "until": "2100-01-01T00:00:00Z" });
    let item = format!("/licenses/{}", admin.post("/licenses", license).await.id());
    let suspended = admin.post(&format!("{item}/suspend"), json!({ "reason": "unpaid" })).await;
    admin.get_at(&item, suspended.position()).await.expect(StatusCode::OK);
    let explain = async |field: &str| {
        let explained = admin.get(&format!("{item}/explain?field={field}&include=names")).await;
        explained.expect(StatusCode::OK).body
    };
    let status = explain("status").await;
    assert_eq!(status["data"]["value"], "suspended");
    let last = &status["data"]["changes"][0];
    assert_eq!((&last["field"], &last["value"]), (&json!("reason"), &json!("unpaid")));
    assert_eq!(last["type"], "LicenseSuspended");
    assert_eq!(last["position"], json!(suspended.position()));
    let first = status["data"]["changes"].as_array().unwrap().iter();
    let first: Vec<_> = first.filter(|change| change["type"] == "LicenseIssued").collect();
    let begun = first.iter().find(|change| change["field"] == "starts_at").unwrap();
    assert_eq!(begun["value"], "2025-01-01T00:00:00Z");

    let sku = explain("sku").await;
    assert_eq!(sku["data"]["changes"][0]["field"], "product_id", "{sku}");
    assert_eq!(sku["names"][cad.to_string()]["name"], "Cad", "{sku}");
}

#[tokio::test]
async fn what_a_list_hides_is_not_explained_either() {
    let world = World::start().await;
    let admin = world.admin().await;
    let client = world.user_with_role(&admin, "client_user", json!({})).await;
    let me = client.get("/me").await.body["data"]["user"].as_str().unwrap().to_owned();
    world.wait_until_settled().await;
    let explain = |field: &str| format!("/users/{me}/explain?field={field}");
    let hidden = client.get(&explain("email")).await;
    assert!(hidden.status.is_client_error(), "{}", hidden.body);
    admin.get(&explain("email")).await.expect(StatusCode::OK);
    admin.get(&explain("password")).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
}
