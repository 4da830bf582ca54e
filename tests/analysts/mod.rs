//! What analysts may read, and what they find there.

mod access;
mod differences;
mod leftovers;
mod replays;
mod requested;
mod scenarios;
mod views;

use serde_json::{Map, Value};
use sqlx::{AssertSqlSafe, Connection, PgConnection, types::Json};
use tests::world::{Caller, World};
use uuid::Uuid;

/// How many of the demonstration's messages of a purchase system are sent.
const MESSAGES: usize = 15;

/// A salon and a software vendor with some orders, and their administrator.
async fn busy_business() -> (World, Caller) {
    let world = World::start().await;
    world.cli(&["demo"]);
    let feed = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/demo/purchases.jsonl");
    let feed = std::fs::read_to_string(feed).unwrap();
    let messages: Vec<_> = feed.lines().take(MESSAGES).collect();
    let file = world.data().join("purchases.jsonl");
    std::fs::write(&file, messages.join("\n")).unwrap();
    world.cli(&["ingest", file.to_str().unwrap()]);
    let admin = world.admin().await;
    world.wait_until_settled().await;
    (world, admin)
}

/// A new analyst: their name, and their connection.
async fn log_in(world: &World) -> (String, PgConnection) {
    let name = format!("analyst_{}", Uuid::now_v7().simple());
    let name = name[..40].to_owned();
    let created = world.cli(&["analyst", "create", &name]);
    (name, PgConnection::connect(created.lines().next().unwrap()).await.unwrap())
}

/// The rows of a query, as JSON.
async fn rows(db: &mut PgConnection, query: &str) -> Vec<Map<String, Value>> {
    let query = AssertSqlSafe(format!("select to_jsonb(r) from ({query}) r"));
    let rows: Vec<Json<Map<String, Value>>> =
        sqlx::query_scalar(query).fetch_all(db).await.unwrap();
    rows.into_iter().map(|Json(row)| row).collect()
}
