//! What waits for a fix is seen by operators, and it is they who have it tried again.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::World;
use tokio::time::sleep;

#[tokio::test]
async fn operators_see_what_is_parked_are_told_once_and_have_it_tried_again() {
    let world = World::start().await;
    let admin = world.admin().await;
    let client = world.someone(&admin, "client_user", json!({})).await;
    let walk_in = json!({ "name": "Anna", "walk_in": true });
    let anna = admin.post("/customers", walk_in).await.expect(StatusCode::CREATED).id();
    world.settled().await;
    // As if a read model and a worker had failed at her first event, the worker for good. A copy of the
    // read model, of a rebuild that was broken off, is nobody's to see to.
    let db = world.database().await;
    sqlx::query(
        "insert into operations.parked
             (consumer, stream, id, position, version, error, permanent, next_at)
         select unnest(array['crm.customer', 'worker/notifications.notification', 'crm.customer__next']),
             stream, id, position, version, 'it broke', true, null::timestamptz
         from event_store.events where type = 'CustomerCreated'",
    )
    .execute(&db)
    .await
    .unwrap();

    let parked = admin.get("/parked").await.expect(StatusCode::OK).body["data"].clone();
    assert_eq!(parked.as_array().unwrap().len(), 2, "{parked}");
    assert_eq!((&parked[0]["id"], &parked[0]["error"]), (&json!(anna), &json!("it broke")));
    client.get("/parked").await.expect(StatusCode::FORBIDDEN);
    client.post("/parked/retry", json!({})).await.expect(StatusCode::FORBIDDEN);
    let status = world.told(&["status"]);
    assert!(status.contains(&format!("PARKED crm.customer/{anna} at")), "{status}");

    // Administrators are told, once of each who cannot go on with it.
    let told = |inbox: &Value| {
        let told = inbox["data"].as_array().unwrap().clone();
        told.into_iter().filter(|it| it["kind"] == "stream_parked").collect::<Vec<_>>()
    };
    until(async || told(&admin.get("/notifications").await.body).len() == 2).await;

    // A read model cannot do without an event, a worker can.
    let discard = async |consumer: &str, version: i32| {
        let (stream, id) = ("crm.customer", anna);
        let event = json!({ "consumer": consumer, "stream": stream, "id": id, "version": version });
        admin.post("/parked/discard", event).await
    };
    assert_eq!(discard("crm.customer", 1).await.body["data"]["streams"], 0);
    // Whoever means another event than the one at which it is parked by now, has not seen that one.
    let worker = "worker/notifications.notification";
    let other = discard(worker, 2).await.expect(StatusCode::CONFLICT).body;
    assert_eq!((&other["code"], &other["version"]), (&json!("parked_elsewhere"), &json!(1)));
    assert_eq!(discard(worker, 1).await.body["data"]["streams"], 1);
    let retried = admin.post("/parked/retry", json!({ "consumer": "crm.customer" })).await.body;
    assert_eq!(retried["data"]["streams"], 1);
    let left = async || admin.get("/parked").await.body["data"].as_array().unwrap().len();
    until(async || left().await == 0).await;
    // The same once more is something else to tell of.
    let again = "insert into operations.parked
             (consumer, stream, id, position, version, error, permanent, next_at)
         select 'crm.customer', stream, id, position, version, 'it broke', true, null
         from operations.parked";
    sqlx::query(again).execute(&db).await.unwrap();
    until(async || told(&admin.get("/notifications").await.body).len() == 3).await;
    world.settled().await;
    assert_eq!(told(&admin.get("/notifications").await.body).len(), 3);
    db.close().await;
}

async fn until(done: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    while !done().await {
        assert!(begun.elapsed() < Duration::from_mins(1), "it did not happen");
        sleep(Duration::from_millis(100)).await;
    }
}
