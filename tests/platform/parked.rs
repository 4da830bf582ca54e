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

    let counted = async |line: &str| {
        let counted = reqwest::get(world.internal_url("/metrics")).await.unwrap().text().await;
        counted.unwrap().lines().any(|counted| counted == line)
    };
    until(async || counted(r#"servicebook_parked{consumer="crm.customer"} 1"#).await).await;

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
    until(async || counted(r#"servicebook_parked{consumer="crm.customer"} 0"#).await).await;
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

#[tokio::test]
async fn pur_1_operators_are_told_of_two_messages_with_one_id() {
    let world = World::start().await;
    let admin = world.admin().await;
    let shop = world.someone(&admin, "purchase_system", json!({ "name": "Shop" })).await;
    let other = world.someone(&admin, "purchase_system", json!({ "name": "Store" })).await;
    let cancelled = |order| {
        json!({
            "specversion": "1.0", "type": "purchase.cancelled", "source": "Shop", "id": "m-1",
            "time": "2026-01-31T10:00:00Z", "data": { "order": order, "sequence": 2 },
        })
    };
    for order in ["A-1", "A-2", "A-2"] {
        shop.post("/ingest/purchases", cancelled(order)).await.expect(StatusCode::OK);
    }
    world.settled().await;
    let parked = admin.get("/ingest/parked").await.expect(StatusCode::OK).body["data"].clone();
    let told = admin.get("/notifications").await.expect(StatusCode::OK).body["data"].clone();
    let [told] = &told.as_array().unwrap()[..] else { panic!("{told}") };
    assert_eq!(told["kind"], "purchase_conflict");
    assert_eq!(told["about_id"], parked[0]["id"], "{parked}");
    // PUR-5: it sees what came of what it sent, and nobody else's.
    let days = "/ingest/reconciliation?from=2026-01-01&until=2026-03-01";
    let [own, others] = [&shop, &other].map(async |who| {
        who.get(days).await.expect(StatusCode::OK).body["data"].as_array().unwrap().clone()
    });
    let own = own.await;
    assert_eq!((own.len(), &own[0]["day"]), (1, &json!("2026-01-31")), "{own:?}");
    let messages = &own[0]["messages"];
    assert_eq!((&messages["received"], &messages["waiting"]), (&json!(1), &json!(1)), "{own:?}");
    assert!(others.await.is_empty());

    let counted = reqwest::get(world.internal_url("/metrics")).await.unwrap().text().await.unwrap();
    let count = r#"servicebook_purchase_messages_parked_total{code="conflict"} 1"#;
    assert!(counted.lines().any(|line| line == count), "{counted}");
}

async fn until(done: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    while !done().await {
        assert!(begun.elapsed() < Duration::from_mins(1), "it did not happen");
        sleep(Duration::from_millis(100)).await;
    }
}
