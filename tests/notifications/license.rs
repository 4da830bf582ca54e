//! The members of a client are told that its licence ends as far as their reach lets them see it.

use std::time::Duration;

use chrono::{SubsecRound, TimeDelta, Utc};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::{Caller, World};
use tokio::time::{Instant, sleep};

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the worker goes by the clock of the database")]
async fn nobody_is_notified_of_what_their_reach_hides() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let acme = admin.post("/cabinets", json!({ "name": "Acme" })).await.id();
    let member = |reach: &str| json!({ "membership": { "cabinet": acme, "reach": reach } });
    let reader = world.user_with_role(&admin, "client_user", member("cabinet")).await;
    let other = world.user_with_role(&admin, "client_user", member("own")).await;
    let product = admin.post("/products", json!({ "sku": "PRESS", "name": "Press" })).await.id();
    let policy = json!({ "policy": { "term": { "days": 90 }, "grace_days": 0, "notices": [30] } });
    let policy = admin.post(&format!("/products/{product}/set-issuance-policy"), policy).await;
    policy.expect(StatusCode::OK);
    world.wait_until_settled().await;

    let now = Utc::now().trunc_subsecs(0);
    let license = json!({ "cabinet": acme, "product": product,
        "from": now - TimeDelta::days(70), "until": now + TimeDelta::days(20) });
    let license = admin.post("/licenses", license).await.expect(StatusCode::CREATED).id();
    let deadline = Instant::now() + Duration::from_mins(1);
    let notice = loop {
        if let [notice] = &inbox(&reader).await[..] {
            break notice.clone();
        }
        assert!(Instant::now() < deadline, "nobody is told");
        sleep(Duration::from_millis(200)).await;
    };
    assert_eq!(
        (&notice["kind"], &notice["about_id"]),
        (&json!("license_expiring"), &json!(license))
    );
    reader.get(&format!("/licenses/{license}")).await.expect(StatusCode::OK);

    world.wait_until_settled().await;
    other.get(&format!("/licenses/{license}")).await.expect(StatusCode::NOT_FOUND);
    assert_eq!(inbox(&other).await, Vec::<Value>::new());
    world.stop().await;
}

async fn inbox(of: &Caller) -> Vec<Value> {
    let inbox = of.get("/notifications").await.expect(StatusCode::OK).body;
    inbox["data"].as_array().unwrap().clone()
}
