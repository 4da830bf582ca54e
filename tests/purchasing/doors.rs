//! Whichever way messages of a purchase system come in, they come to the same.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::{Caller, World};
use tokio::time::sleep;
use uuid::Uuid;

use super::{
    feed::{TABLES, catalogue, demo, rows},
    purchase::same,
};

/// So many of the demonstration's messages: some come twice, some too early, some are broken.
const MESSAGES: usize = 200;

#[derive(Debug, Clone, Copy)]
enum Door {
    /// `servicebook ingest`
    File,
    /// `POST /ingest/purchases`
    Http,
    /// `ingest.purchases.webshop`
    Bus,
}

#[tokio::test]
async fn a_feed_comes_to_the_same_by_file_by_http_and_by_the_bus() {
    // What is no JSON at all has no way in by HTTP.
    let mut messages = demo();
    messages.retain(|message| serde_json::from_str::<Value>(message).is_ok());
    messages.truncate(MESSAGES);
    let mut first = None;
    for door in [Door::File, Door::Http, Door::Bus] {
        let mut world = World::start().await;
        let admin = world.admin().await;
        let products = fill(&admin).await;
        hand_in(&world, &admin, door, &messages).await;
        dealt_with(&world).await;
        let known = known(&world, &products).await;
        let count = |name| known.iter().find(|(table, _)| *table == name).unwrap().1.len();
        assert!(count("purchasing_purchase.purchases") > 100, "{door:?}");
        assert!(count("licensing_license.terms") > 100, "{door:?}");
        same(first.get_or_insert_with(|| known.clone()), &known);
        world.stop().await;
    }
}

/// Puts the catalogue in; answers the number of each product, by its id.
async fn fill(admin: &Caller) -> Vec<(Uuid, &'static str)> {
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

async fn hand_in(world: &World, admin: &Caller, door: Door, messages: &[String]) {
    match door {
        Door::File => {
            let file = world.data().join("feed.jsonl");
            std::fs::write(&file, messages.join("\n")).unwrap();
            world.told(&["ingest", file.to_str().unwrap()]);
        }
        Door::Http => {
            let shop = world.someone(admin, "purchase_system", json!({ "name": "webshop" })).await;
            for some in messages.chunks(50) {
                let body = some.iter().map(|text| serde_json::from_str(text).unwrap());
                let body = Value::Array(body.collect());
                shop.post("/ingest/purchases", body).await.expect(StatusCode::OK);
            }
        }
        Door::Bus => {
            let bus = world.bus().await;
            for message in messages.iter().cloned() {
                let sent = bus.publish("ingest.purchases.webshop", message.into()).await;
                sent.unwrap().await.unwrap();
            }
        }
    }
}

/// Waits until nothing is in the inbox and all that follows has happened.
async fn dealt_with(world: &World) {
    let begun = Instant::now();
    loop {
        let status: Value = serde_json::from_str(&world.told(&["status", "--json"])).unwrap();
        if status["inbox"]["waiting"] == json!(0) {
            return world.settled().await;
        }
        assert!(begun.elapsed() < Duration::from_mins(2), "{status:#}");
        sleep(Duration::from_millis(200)).await;
    }
}

/// The outcome, products named by their numbers; until when somebody waits is a day after the message
/// came, whenever that was, and a text that is JSON is what it says, however it is written.
#[expect(clippy::disallowed_methods, reason = "the program under test has the same clock")]
async fn known(world: &World, products: &[(Uuid, &str)]) -> Vec<(&'static str, Vec<String>)> {
    let (db, now) = (world.database().await, Utc::now());
    let mut known = Vec::new();
    for (_, table) in TABLES {
        let rows = rows(&db, table).await.into_iter().map(|row| {
            let mut row: Value = serde_json::from_str(&row).unwrap();
            for value in row.as_object_mut().unwrap().values_mut() {
                let Some(text) = value.as_str() else { continue };
                if let Ok(read) = serde_json::from_str(text) {
                    *value = read;
                }
            }
            if let Some(until) = row.get("until").and_then(Value::as_str) {
                let until: DateTime<Utc> = until.parse().unwrap();
                let ago = now + TimeDelta::days(1) - until;
                assert!((TimeDelta::zero()..TimeDelta::minutes(5)).contains(&ago), "{row}");
                row["until"] = json!("in a day");
            }
            let row = row.to_string();
            products.iter().fold(row, |row, (id, sku)| row.replace(&id.to_string(), sku))
        });
        let mut rows: Vec<_> = rows.collect();
        rows.sort();
        known.push((table, rows));
    }
    known
}
