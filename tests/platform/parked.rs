//! Operators see parked streams, are notified once of each, and retry or discard them.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::World;
use tokio::time::sleep;

#[tokio::test]
async fn operators_see_parked_streams_are_notified_once_and_retry_or_discard_them() {
    let world = World::start().await;
    let admin = world.admin().await;
    let client = world.user_with_role(&admin, "client_user", json!({})).await;
    let walk_in = json!({ "name": "Anna", "walk_in": true });
    let anna = admin.post("/customers", walk_in).await.expect(StatusCode::CREATED).id();
    world.wait_until_settled().await;
    // As if a read model and a worker had failed at the customer's first event. The row of an
    // interrupted rebuild's copy is not shown.
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
    let status = world.cli(&["status"]);
    assert!(status.contains(&format!("PARKED crm.customer/{anna} at")), "{status}");

    let has_metric = async |line: &str| {
        let metrics = reqwest::get(world.internal_url("/metrics")).await.unwrap().text().await;
        metrics.unwrap().lines().any(|metric| metric == line)
    };
    wait_until(async || has_metric(r#"servicebook_parked{consumer="crm.customer"} 1"#).await).await;

    // Administrators are notified once for each parked consumer.
    let stream_parked = |inbox: &Value| {
        let rows = inbox["data"].as_array().unwrap().clone();
        rows.into_iter()
            .filter(|notification| notification["kind"] == "stream_parked")
            .collect::<Vec<_>>()
    };
    wait_until(async || stream_parked(&admin.get("/notifications").await.body).len() == 2).await;

    // An event can be discarded for a worker, not for a read model.
    let discard = async |consumer: &str, version: i32| {
        let (stream, id) = ("crm.customer", anna);
        let event = json!({ "consumer": consumer, "stream": stream, "id": id, "version": version });
        admin.post("/parked/discard", event).await
    };
    assert_eq!(discard("crm.customer", 1).await.body["data"]["streams"], 0);
    // The version must be the one at which the stream is parked now.
    let worker = "worker/notifications.notification";
    let other = discard(worker, 2).await.expect(StatusCode::CONFLICT).body;
    assert_eq!((&other["code"], &other["version"]), (&json!("parked_elsewhere"), &json!(1)));
    assert_eq!(discard(worker, 1).await.body["data"]["streams"], 1);
    let retried = admin.post("/parked/retry", json!({ "consumer": "crm.customer" })).await.body;
    assert_eq!(retried["data"]["streams"], 1);
    let parked_count = async || admin.get("/parked").await.body["data"].as_array().unwrap().len();
    wait_until(async || parked_count().await == 0).await;
    wait_until(async || has_metric(r#"servicebook_parked{consumer="crm.customer"} 0"#).await).await;
    // If the stream is parked again, administrators are notified again.
    let again = "insert into operations.parked
             (consumer, stream, id, position, version, error, permanent, next_at)
         select 'crm.customer', stream, id, position, version, 'it broke', true, null
         from operations.parked";
    sqlx::query(again).execute(&db).await.unwrap();
    wait_until(async || stream_parked(&admin.get("/notifications").await.body).len() == 3).await;
    world.wait_until_settled().await;
    assert_eq!(stream_parked(&admin.get("/notifications").await.body).len(), 3);
    db.close().await;
}

#[tokio::test]
async fn pur_1_operators_are_told_of_two_messages_with_one_id() {
    let world = World::start().await;
    let admin = world.admin().await;
    let shop = world.user_with_role(&admin, "purchase_system", json!({ "name": "Shop" })).await;
    let other = world.user_with_role(&admin, "purchase_system", json!({ "name": "Store" })).await;
    let cancelled = |order| {
        json!({
            "specversion": "1.0", "type": "purchase.cancelled", "source": "Shop", "id": "m-1",
            "time": "2026-01-31T10:00:00Z", "data": { "order": order, "sequence": 2 },
        })
    };
    for order in ["A-1", "A-2", "A-2"] {
        shop.post("/ingest/purchases", cancelled(order)).await.expect(StatusCode::OK);
    }
    world.wait_until_settled().await;
    let parked = admin.get("/ingest/parked").await.expect(StatusCode::OK).body["data"].clone();
    let inbox = admin.get("/notifications").await.expect(StatusCode::OK).body["data"].clone();
    let [notification] = &inbox.as_array().unwrap()[..] else { panic!("{inbox}") };
    assert_eq!(notification["kind"], "purchase_conflict");
    assert_eq!(notification["about_id"], parked[0]["id"], "{parked}");
    // PUR-5: a source sees the outcome of its own messages only.
    let days = "/ingest/reconciliation?from=2026-01-01&until=2026-03-01";
    let [own, others] = [&shop, &other].map(async |source| {
        source.get(days).await.expect(StatusCode::OK).body["data"].as_array().unwrap().clone()
    });
    let own = own.await;
    assert_eq!((own.len(), &own[0]["day"]), (1, &json!("2026-01-31")), "{own:?}");
    let messages = &own[0]["messages"];
    assert_eq!((&messages["received"], &messages["waiting"]), (&json!(1), &json!(1)), "{own:?}");
    assert!(others.await.is_empty());

    let metrics = reqwest::get(world.internal_url("/metrics")).await.unwrap().text().await.unwrap();
    let count = r#"servicebook_purchase_messages_parked_total{code="conflict"} 1"#;
    assert!(metrics.lines().any(|line| line == count), "{metrics}");
}

async fn wait_until(done: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    while !done().await {
        assert!(begun.elapsed() < Duration::from_mins(1), "it did not happen");
        sleep(Duration::from_millis(100)).await;
    }
}
