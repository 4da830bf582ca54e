//! The audit trail and the list of refused requests, and who may read which entries.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::{Caller, World};
use tokio::time::sleep;

async fn list(caller: &Caller, path: &str) -> Vec<Value> {
    let answer = caller.get(path).await.expect(StatusCode::OK).body;
    answer["data"].as_array().unwrap().clone()
}

async fn user_id(caller: &Caller) -> Value {
    caller.get("/me").await.expect(StatusCode::OK).body["data"]["user"].clone()
}

#[tokio::test]
async fn the_trail_shows_who_did_what_as_far_as_the_caller_may_see() {
    let world = World::start().await;
    let admin = world.admin().await;
    let employee = world.user_with_role(&admin, "employee", json!({})).await;
    let client = world.user_with_role(&admin, "client_user", json!({})).await;
    let walk_in = json!({ "name": "Anna", "walk_in": true });
    let created = employee.post("/customers", walk_in).await.expect(StatusCode::CREATED);
    let question = json!({ "title": "Broken", "text": "It does not start." });
    let issue = client.post("/issues", question).await.expect(StatusCode::CREATED);
    let comment = json!({ "text": "for us alone", "visibility": "internal" });
    let comments = format!("/issues/{}/comments", issue.id());
    admin.post(&comments, comment).await.expect(StatusCode::CREATED);
    world.wait_until_settled().await;

    let found = list(&admin, &format!("/audit?id={}", created.id())).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["actor"], user_id(&employee).await);
    assert_eq!(found[0]["type"], "CustomerCreated");
    assert!(found[0].get("data").is_none(), "what was said is in the history");
    let correlation = found[0]["correlation"].as_str().unwrap();
    let followed = list(&admin, &format!("/audit?correlation={correlation}")).await;
    assert!(followed.contains(&found[0]));
    assert!(followed.iter().all(|entry| entry["correlation"] == correlation));

    let all = list(&admin, "/audit?limit=200").await;
    let positions: Vec<_> = all.iter().map(|entry| entry["position"].as_i64().unwrap()).collect();
    assert!(positions.is_sorted_by(|a, b| a > b), "the newest first");
    let first = admin.get("/audit?limit=2").await.body;
    let cursor = first["page"]["next"].as_str().unwrap();
    let second = list(&admin, &format!("/audit?limit=2&cursor={cursor}")).await;
    assert_eq!(second[0]["position"], json!(positions[2]));

    let own = user_id(&client).await;
    for entry in list(&client, "/audit?limit=200").await {
        let about_issue = entry["id"] == json!(issue.id()) && entry["type"] != "IssueCommented";
        let about_client = entry["topic"] == "notifications.notification" || entry["id"] == own;
        assert!(entry["actor"] == own || about_issue || about_client, "{entry}");
    }
    assert!(!list(&client, "/audit?topic=support.issue").await.is_empty());

    // Hidden entries leave no trace: neither in the length of a page nor in its cursor.
    let (other, id) = (user_id(&employee).await, created.id());
    for hidden in [
        format!("actor={}", other.as_str().unwrap()),
        format!("id={id}"),
        "type=CustomerCreated".into(),
        "topic=crm.customer".into(),
        format!("type=SessionStarted&actor={}", other.as_str().unwrap()),
    ] {
        let answer = client.get(&format!("/audit?limit=1&{hidden}")).await.expect(StatusCode::OK);
        assert_eq!(answer.body["data"], json!([]), "{hidden}");
        assert_eq!(answer.body["page"]["next"], Value::Null, "{hidden}");
    }
    let (mut paged, mut cursor) = (vec![], String::new());
    loop {
        let page = client.get(&format!("/audit?limit=1{cursor}")).await.expect(StatusCode::OK);
        paged.extend(page.body["data"].as_array().unwrap().clone());
        let Some(next) = page.body["page"]["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(paged, list(&client, "/audit?limit=200").await, "and nothing is passed over");

    // Sign-ins and failed sign-ins are listed as well, with the network.
    let wrong = json!({ "login": client.email, "password": "a guess" });
    world.guest().post("/jwt", wrong).await.expect(StatusCode::UNAUTHORIZED);
    let sign_ins = list(&admin, "/audit?topic=identity.session&limit=200").await;
    let (failed, begun) = (&sign_ins[0], &sign_ins[1]);
    assert_eq!(
        (&failed["type"], &begun["type"]),
        (&json!("SessionLoginFailed"), &json!("SessionStarted"))
    );
    assert_eq!((&failed["network"], &begun["network"]), (&json!("127.0.0.0"), &json!("127.0.0.0")));
    assert_eq!(failed["actor"], own);
    let log = "select count(*) from event_store.events where type = 'SessionLoginFailed'";
    let log: i64 = sqlx::query_scalar(log).fetch_one(&world.database().await).await.unwrap();
    assert_eq!(log, 0, "whoever guesses writes no history");
    let mut paged = vec![];
    let mut page = admin.get("/audit?topic=identity.session&limit=1").await.body;
    while paged.len() < 3 {
        paged.extend(page["data"].as_array().unwrap().clone());
        let cursor = page["page"]["next"].as_str().unwrap();
        let next = format!("/audit?topic=identity.session&limit=1&cursor={cursor}");
        page = admin.get(&next).await.body;
    }
    assert_eq!(paged, sign_ins[..3]);
    let failed = |entries: Vec<Value>| {
        entries.iter().filter(|entry| entry["type"] == "SessionLoginFailed").count()
    };
    assert_eq!(failed(list(&client, "/audit?limit=200").await), 1, "one sees one's own");
    assert_eq!(failed(list(&employee, "/audit?limit=200").await), 0, "and nobody else's");
    let failed = format!("/audit?limit=1&type=SessionLoginFailed&actor={}", own.as_str().unwrap());
    let failed = employee.get(&failed).await.expect(StatusCode::OK).body;
    assert_eq!((&failed["data"], &failed["page"]["next"]), (&json!([]), &Value::Null));
    world.guest().get("/audit").await.expect(StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn s_17_a_refused_request_is_recorded_with_the_role_of_its_caller() {
    let world = World::start().await;
    let admin = world.admin().await;
    let client = world.user_with_role(&admin, "client_user", json!({})).await;
    let walk_in = json!({ "name": "Anna", "walk_in": true });
    client.post("/customers", walk_in).await.expect(StatusCode::FORBIDDEN);
    client.get("/audit/refusals").await.expect(StatusCode::OK);
    let path = format!("/audit/refusals?actor={}", user_id(&client).await.as_str().unwrap());
    let began = Instant::now();
    let refusal = loop {
        if let Some(refusal) = list(&admin, &path).await.first() {
            break refusal.clone();
        }
        assert!(began.elapsed() < Duration::from_secs(10), "nothing is written");
        sleep(Duration::from_millis(100)).await;
    };
    assert_eq!(refusal["path"], "/api/v1/customers");
    assert_eq!((&refusal["method"], &refusal["role"]), (&json!("POST"), &json!("client_user")));
    assert_eq!(refusal["network"], "127.0.0.0");
    assert_eq!(list(&client, "/audit/refusals").await.len(), 1, "one sees one's own");
    let employee = world.user_with_role(&admin, "employee", json!({})).await;
    assert!(list(&employee, "/audit/refusals").await.is_empty(), "and nobody else's");
    let db = world.database().await;
    let tampered = "set role servicebook_app; delete from audit.refusals";
    assert!(sqlx::raw_sql(tampered).execute(&db).await.is_err(), "they are never changed");
}
