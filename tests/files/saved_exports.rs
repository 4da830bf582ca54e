//! Saved exports: each recipient gets one of their own when it is due.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::Connection;
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
    let saved = json!({
        "name": "All customers", "path": "/api/v1/customers", "query": "sort=display_name", "format": "csv",
        "recipients": recipients,
        "rhythm": daily_in(TimeDelta::seconds(3)),
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

#[tokio::test]
async fn what_can_never_be_made_is_not_saved() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let employee = world.user_with_role(&admin, "employee", json!({})).await;
    let nobody = uuid::Uuid::now_v7();
    let me = employee.get("/me").await.body["data"]["user"].clone();
    for (wrong, pointer, said) in [
        (json!({ "path": "/api/v1/me" }), "/path", "no list"),
        (json!({ "path": "/api/v1/stream" }), "/path", "no list"),
        (json!({ "path": format!("/api/v1/subjects/{nobody}/erase") }), "/path", "no list"),
        (json!({ "path": format!("/api/v1/customers/{nobody}") }), "/path", "no list"),
        (json!({ "path": "/api/v1/purchase-sources" }), "/path", "no list"),
        (
            json!({ "path": "/api/v1/users", "query": "filter[status]=zzz" }),
            "/query",
            "filter[status]",
        ),
        (json!({ "query": "a".repeat(4000) }), "/query", "no such parameter"),
        (json!({ "query": "as_of=2999-01-01T00:00:00Z" }), "/query", "as_of"),
        (json!({ "query": "q=a b" }), "/query", "q=anna%20berg"),
        (json!({ "query": "q=a#b" }), "/query", "q=anna%20berg"),
        (json!({ "path": "/api/v1/reports/utilisation" }), "/query", "from"),
        (json!({ "recipients": [me, nobody] }), "/recipients/1", "active account"),
    ] {
        let mut body = json!({ "name": "All", "path": "/api/v1/customers", "format": "csv" });
        body.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        let refused = employee.post("/saved-exports", body).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}: {}", refused.body);
        let fault = &refused.body["fields"][0];
        assert_eq!(fault["pointer"], pointer, "{wrong}: {}", refused.body);
        assert!(fault["message"].as_str().unwrap().contains(said), "{}", refused.body);
    }
    let unreadable = json!({ "name": "All", "path": "/api/v1/business/usage", "format": "csv" });
    employee.post("/saved-exports", unreadable).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    let query = "filter[status]=active&sort=-created_at&q=anna%20berg";
    let body =
        json!({ "name": "All", "path": "/api/v1/customers", "query": query, "format": "csv" });
    employee.post("/saved-exports", body).await.expect(StatusCode::CREATED);
    world.stop().await;
}

#[tokio::test]
async fn exp_3_those_of_a_rhythm_wait_until_others_have_ended_and_exp_8_are_few() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let employee = world.user_with_role(&admin, "employee", json!({})).await;
    let me = employee.get("/me").await.body["data"]["user"].clone();
    world.wait_until_settled().await;
    let db = world.database().await;
    let due = daily_in(TimeDelta::seconds(8));
    for number in 0..20 {
        let rhythm = if number < DUE { due.clone() } else { Value::Null };
        let saved = json!({
            "name": format!("Customers {number}"), "path": "/api/v1/customers", "format": "csv",
            "recipients": [me], "rhythm": rhythm,
        });
        employee.post("/saved-exports", saved).await.expect(StatusCode::CREATED);
    }
    let one_more = json!({ "name": "More", "path": "/api/v1/customers", "format": "csv" });
    let refused = employee.post("/saved-exports", one_more.clone()).await;
    let refused = refused.expect(StatusCode::CONFLICT);
    assert_eq!((&refused.body["invariant"], &refused.body["most"]), (&"EXP-8".into(), &json!(20)));

    // Nobody can read the customers, so none of them ends.
    let mut lock = db.acquire().await.unwrap().detach();
    let sql = "begin; lock table crm_customer.customers in access exclusive mode";
    sqlx::raw_sql(sql).execute(&mut lock).await.unwrap();
    wait_for_exports(&employee, 5, "requested").await;
    sleep(Duration::from_secs(1)).await;
    wait_for_exports(&employee, 5, "requested").await;
    lock.close().await.unwrap();
    wait_for_exports(&employee, DUE, "completed").await;

    let ended =
        employee.get("/saved-exports?sort=name&limit=1").await.body["data"][0]["id"].clone();
    let end = format!("/saved-exports/{}/end", ended.as_str().unwrap());
    employee.post(&end, json!({})).await.expect(StatusCode::OK);
    employee.post("/saved-exports", one_more).await.expect(StatusCode::CREATED);
    world.stop().await;
}

#[tokio::test]
async fn exp_9_a_report_is_of_the_days_before_it_is_due() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let me = admin.get("/me").await.body["data"]["user"].clone();
    let report = |path: &str, rhythm: Value| {
        json!({
            "name": "Utilisation", "path": path, "query": "sort=week", "format": "csv",
            "recipients": [me], "rhythm": rhythm, "period": "last_7_days",
        })
    };
    for (path, rhythm, rule) in [
        ("/api/v1/customers", daily_in(TimeDelta::zero()), Value::Null),
        ("/api/v1/reports/utilisation", Value::Null, "EXP-9".into()),
    ] {
        let refused = admin.post("/saved-exports", report(path, rhythm)).await;
        let refused = refused.expect(StatusCode::UNPROCESSABLE_ENTITY).body;
        assert_eq!(refused["fields"][0]["pointer"], "/period", "{refused}");
        assert_eq!(refused.get("invariant").unwrap_or(&Value::Null), &rule, "{refused}");
    }
    world.wait_until_settled().await;
    let rhythm = daily_in(TimeDelta::seconds(3));
    let saved = admin.post("/saved-exports", report("/api/v1/reports/utilisation", rhythm)).await;
    let saved = saved.expect(StatusCode::CREATED);
    let item = format!("/saved-exports/{}", saved.id());
    assert_eq!(admin.get_at(&item, saved.position()).await.body["data"]["period"], "last_7_days");
    let export = wait_for_export(&admin).await;
    assert_eq!(export["status"], "completed", "{export}");
    let due = admin.get(&item).await.body["data"]["last_at"].clone();
    let due: DateTime<Utc> = due.as_str().unwrap().parse().unwrap();
    let (from, until) = (due.date_naive() - TimeDelta::days(7), due.date_naive());
    assert_eq!(export["query"], format!("sort=week&from={from}&until={until}"));
    world.stop().await;
}

/// How many saved exports are due at once.
const DUE: usize = 7;

/// A rhythm that is due first so long from now.
#[expect(clippy::disallowed_methods, reason = "it is due by the system's clock")]
fn daily_in(time: TimeDelta) -> Value {
    let time = (Utc::now() + time).format("%H:%M:%S").to_string();
    json!({ "every": "day", "at": { "time": time, "zone": "UTC" } })
}

/// Waits until somebody has so many exports, all with a status.
async fn wait_for_exports(caller: &Caller, count: usize, status: &str) {
    let mut exports = Value::Null;
    for _ in 0..800 {
        exports = caller.get("/exports").await.body["data"].clone();
        let all = exports.as_array().unwrap();
        if all.len() == count && all.iter().all(|export| export["status"] == status) {
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("there are not {count} that are {status}: {exports}");
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
