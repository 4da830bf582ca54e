//! Saved exports: each recipient gets one of their own when it is due.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::{Caller, World};
use tokio::time::sleep;

#[tokio::test]
async fn exp_5_each_recipient_gets_an_export_of_what_they_may_read() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    admin.post("/customers", json!({ "name": "Anna Berg", "walk_in": true })).await.id();
    let employee = world.user_with_role(&admin, "employee", json!({})).await;
    let agent = world.user_with_role(&admin, "analyst", json!({})).await;
    let mut recipients = vec![];
    for recipient in [&employee, &agent] {
        recipients.push(recipient.get("/me").await.body["data"]["user"].clone());
    }
    world.wait_until_settled().await;
    #[expect(clippy::disallowed_methods, reason = "it is due by the system's clock")]
    let soon = (Utc::now() + TimeDelta::seconds(3)).format("%H:%M:%S").to_string();
    let saved = json!({
        "name": "All customers", "path": "/api/v1/customers", "query": "sort=display_name", "format": "csv",
        "recipients": recipients,
        "rhythm": { "every": "day", "at": { "time": soon, "zone": "UTC" } },
    });
    let saved = admin.post("/saved-exports", saved).await.expect(StatusCode::CREATED);
    let saved = format!("/saved-exports/{}", saved.id());
    let export = wait_for_export(&employee).await;
    assert_eq!((&export["status"], &export["rows"]), (&"completed".into(), &json!(1)), "{export}");
    assert_eq!(wait_for_export(&agent).await["reason"], "forbidden");
    world.wait_until_settled().await;
    let inbox = employee.get("/notifications").await;
    assert_eq!(inbox.body["data"][0]["kind"], "export_completed", "{}", inbox.body);
    let inbox = agent.get("/notifications").await;
    assert_eq!(inbox.body["data"], json!([]), "nobody is told of what they may not see");

    let next = |item: &Value| item["next_at"].as_str().map(str::to_owned);
    let item = admin.get(&saved).await.body["data"].clone();
    assert!(next(&item) > item["last_at"].as_str().map(str::to_owned), "{item}");
    let paused = admin.post(&format!("{saved}/pause"), json!({})).await.expect(StatusCode::OK);
    let item = admin.get_at(&saved, paused.position()).await.body["data"].clone();
    assert_eq!((&item["status"], next(&item)), (&"paused".into(), None));
    employee.get(&saved).await.expect(StatusCode::NOT_FOUND);
    world.stop().await;
}

/// The only export of somebody, once it has ended.
async fn wait_for_export(caller: &Caller) -> Value {
    for _ in 0..400 {
        let exports = caller.get("/exports").await;
        let export = &exports.body["data"][0];
        if !export.is_null() && export["status"] != "requested" {
            return export.clone();
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("there is none");
}
