//! Purchase messages give the same result by file, by HTTP and by the bus.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::{Caller, World};
use tokio::time::sleep;
use uuid::Uuid;

use super::{
    feed::{TABLES, catalogue, demo_messages, rows},
    purchase::assert_same_snapshot,
};

/// How many of the demonstration's messages are sent: some are duplicates, early, or broken.
const MESSAGES: usize = 200;

#[derive(Debug, Clone, Copy)]
enum Channel {
    /// `servicebook ingest`
    File,
    /// `POST /ingest/purchases`
    Http,
    /// `ingest.purchases.webshop`
    Bus,
}

#[tokio::test]
async fn a_feed_comes_to_the_same_by_file_by_http_and_by_the_bus() {
    // HTTP does not accept a body that is not JSON.
    let mut messages = demo_messages();
    messages.retain(|message| serde_json::from_str::<Value>(message).is_ok());
    messages.truncate(MESSAGES);
    let mut first = None;
    for channel in [Channel::File, Channel::Http, Channel::Bus] {
        let mut world = World::start().await;
        let admin = world.admin().await;
        let products = create_catalogue(&admin).await;
        send(&world, &admin, channel, &messages).await;
        wait_until_processed(&world).await;
        let snapshot = snapshot(&world, &products).await;
        let count = |name| snapshot.iter().find(|(table, _)| *table == name).unwrap().1.len();
        assert!(count("purchasing_purchase.purchases") > 100, "{channel:?}");
        assert!(count("licensing_license.terms") > 100, "{channel:?}");
        assert_same_snapshot(first.get_or_insert_with(|| snapshot.clone()), &snapshot);
        world.stop().await;
    }
}

/// Creates the demonstration's products; answers their ids and SKUs.
async fn create_catalogue(admin: &Caller) -> Vec<(Uuid, &'static str)> {
    let mut products = Vec::new();
    for (sku, schema, policy) in catalogue() {
        let id = admin.post("/products", json!({ "sku": sku, "name": sku })).await;
        let id = id.expect(StatusCode::CREATED).id();
        if let Some(schema) = schema {
            let path = format!("/products/{id}/parameters");
            admin.put(&path, json!({ "schema": schema })).await.expect(StatusCode::OK);
        }
        let path = format!("/products/{id}/set-issuance-policy");
        admin.post(&path, json!({ "policy": policy })).await.expect(StatusCode::OK);
        products.push((id, sku));
    }
    products
}

async fn send(world: &World, admin: &Caller, channel: Channel, messages: &[String]) {
    match channel {
        Channel::File => {
            let file = world.data().join("feed.jsonl");
            std::fs::write(&file, messages.join("\n")).unwrap();
            world.cli(&["ingest", file.to_str().unwrap()]);
        }
        Channel::Http => {
            let shop =
                world.user_with_role(admin, "purchase_system", json!({ "name": "webshop" })).await;
            for batch in messages.chunks(50) {
                let body = batch.iter().map(|text| serde_json::from_str(text).unwrap());
                let body = Value::Array(body.collect());
                shop.post("/ingest/purchases", body).await.expect(StatusCode::OK);
            }
        }
        Channel::Bus => {
            let bus = world.bus().await;
            for message in messages.iter().cloned() {
                let acknowledgement = bus.publish("ingest.purchases.webshop", message.into()).await;
                acknowledgement.unwrap().await.unwrap();
            }
        }
    }
}

/// Waits until the inbox is empty and all workers and read models have caught up.
async fn wait_until_processed(world: &World) {
    let begun = Instant::now();
    loop {
        let status: Value = serde_json::from_str(&world.cli(&["status", "--json"])).unwrap();
        if status["inbox"]["waiting"] == json!(0) {
            return world.wait_until_settled().await;
        }
        assert!(begun.elapsed() < Duration::from_mins(2), "{status:#}");
        sleep(Duration::from_millis(200)).await;
    }
}

/// The rows of the purchase tables, made comparable: products by SKU, JSON texts parsed, and the
/// end of a day-long wait as "in a day".
#[expect(clippy::disallowed_methods, reason = "the program under test has the same clock")]
async fn snapshot(world: &World, products: &[(Uuid, &str)]) -> Vec<(&'static str, Vec<String>)> {
    let (db, now) = (world.database().await, Utc::now());
    let mut snapshot = Vec::new();
    for (_, table) in TABLES {
        let rows = rows(&db, table).await.into_iter().map(|row| {
            let mut row: Value = serde_json::from_str(&row).unwrap();
            for value in row.as_object_mut().unwrap().values_mut() {
                let Some(text) = value.as_str() else { continue };
                if let Ok(parsed) = serde_json::from_str(text) {
                    *value = parsed;
                }
            }
            if let Some(until) = row.get("until").and_then(Value::as_str) {
                let until: DateTime<Utc> = until.parse().unwrap();
                let age = now + TimeDelta::days(1) - until;
                assert!((TimeDelta::zero()..TimeDelta::minutes(5)).contains(&age), "{row}");
                row["until"] = json!("in a day");
            }
            let row = row.to_string();
            products.iter().fold(row, |row, (id, sku)| row.replace(&id.to_string(), sku))
        });
        let mut rows: Vec<_> = rows.collect();
        rows.sort();
        snapshot.push((table, rows));
    }
    snapshot
}
