//! Measures how long an export of 100,000 rows takes as a workbook, and how much more memory the program has then.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::json;
use tests::world::World;
use tokio::time::sleep;

use crate::report::Report;

const ROWS: i32 = 100_000;
/// Seconds.
const MAX_TIME: f64 = 4.0;
/// In MB, above what the program has before.
const MAX_MEMORY: f64 = 100.0;

pub(crate) async fn measure(report: &mut Report) {
    let mut world = World::start().await;
    let admin = world.admin().await;
    admin.post("/customers", json!({ "name": "Anna Berg", "walk_in": true })).await.id();
    world.wait_until_settled().await;
    world.multiply_customers(ROWS - 1).await;

    let before = world.forget_peak_memory();
    let begun = Instant::now();
    let prefer = ("Prefer", "respond-async".to_owned());
    let requested = admin.send(Method::GET, "/customers?format=xlsx", &[prefer], None).await;
    let requested = requested.unwrap().expect(StatusCode::ACCEPTED);
    let export = requested.headers["location"].to_str().unwrap().to_owned();
    let done = loop {
        let answer = admin.get(&export).await;
        // It is not there until it is projected.
        if answer.body["data"]["status"].as_str().is_some_and(|status| status != "requested") {
            break answer;
        }
        sleep(Duration::from_millis(50)).await;
    };
    let seconds = begun.elapsed().as_secs_f64();
    assert_eq!(done.body["data"]["rows"], ROWS, "{}", done.body);
    let more = f64::from(world.peak_memory().saturating_sub(before)) / 1024.0;
    report.at_most("100,000 rows as a workbook, with the wait for it", (seconds, "s"), MAX_TIME);
    report.at_most("100,000 rows as a workbook, memory", (more, "MB"), MAX_MEMORY);
    world.stop().await;
}
