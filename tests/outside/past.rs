//! What is told of an earlier moment is what comes of the bus for whoever folds it.

use std::time::Duration;

use chrono::{SubsecRound, TimeDelta, Utc};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::{
    effort,
    world::{Caller, World},
};
use tokio::time::sleep;
use uuid::Uuid;

use super::run_python;

/// How many licences there are, and the acts on each.
const LICENSES: usize = 8;
const ACTS: usize = 6;
/// The first of them end meanwhile, the last of these with grace; the next one begins later.
const ENDING: usize = 3;
/// How many instants are compared.
const INSTANTS: usize = 200;

#[tokio::test]
async fn plt_10_licences_are_at_random_instants_what_another_program_folds_from_the_bus() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let licenses = issue_licenses(&admin).await;
    for number in 0..ACTS {
        for (which, license) in licenses.iter().enumerate() {
            change(&admin, *license, number * 5 + which).await;
        }
    }
    // Those that end have ended, with acts afterwards.
    while admin.get(&format!("/licenses/{}", licenses[0])).await.body["data"]["status"] != "expired"
    {
        sleep(Duration::from_millis(100)).await;
    }
    for (which, license) in licenses.iter().enumerate() {
        change(&admin, *license, 7 * which).await;
    }
    world.wait_until_settled().await;
    let page = admin.get("/licenses").await.expect(StatusCode::OK).body;
    let position = page["meta"]["position"].to_string();
    let (bus, token) = (world.running().nats_url.reveal().to_owned(), admin.token.clone());
    let instants = (INSTANTS * effort()).to_string();
    let seed = Uuid::new_v4().as_u64_pair().0.to_string();
    let arguments = vec![bus, world.url("/api/v1"), token.unwrap(), position, instants, seed];
    let output = run_python("past.py", arguments).await;
    let compared: usize = output.split(' ').next().unwrap().parse().unwrap();
    assert!(compared > INSTANTS * LICENSES / 2, "{output}");
    world.stop().await;
}

#[expect(clippy::disallowed_methods, reason = "the program under test has the same clock")]
async fn issue_licenses(admin: &Caller) -> Vec<Uuid> {
    let cabinet = admin.post("/cabinets", json!({ "name": "Acme" })).await.id();
    let [product, lenient] = [product(admin, "CAD", 0).await, product(admin, "CAM", 14).await];
    let now = Utc::now().trunc_subsecs(0);
    let mut licenses = Vec::with_capacity(LICENSES);
    for which in 0..LICENSES {
        let product = if which + 1 == ENDING { lenient } else { product };
        let from = now + TimeDelta::days(if which == ENDING { 1 } else { -1 });
        let until =
            if which < ENDING { now + TimeDelta::seconds(3) } else { from + TimeDelta::days(9) };
        let issue = json!({ "cabinet": cabinet, "product": product, "quantity": which + 1,
            "from": from, "until": until });
        licenses.push(admin.post("/licenses", issue).await.expect(StatusCode::CREATED).id());
    }
    licenses
}

/// A product whose licences work for some days longer than their terms.
async fn product(admin: &Caller, sku: &str, grace_days: u32) -> Uuid {
    let product = admin.post("/products", json!({ "sku": sku, "name": sku })).await.id();
    let policy = json!({ "term": { "days": 90 }, "grace_days": grace_days, "notices": [30] });
    let path = format!("/products/{product}/set-issuance-policy");
    admin.post(&path, json!({ "policy": policy })).await.expect(StatusCode::OK);
    product
}

/// One of the acts that can be done to a licence; some are refused.
async fn change(admin: &Caller, license: Uuid, number: usize) {
    let path = format!("/licenses/{license}");
    let reason = || json!({ "reason": format!("reason {number}") });
    let act = async |act: &str, body: Value| admin.post(&format!("{path}/{act}"), body).await;
    let answer = match number % 7 {
        0 | 3 => admin.patch(&path, json!({ "quantity": number + 10 })).await,
        1 | 5 => act("suspend", reason()).await,
        2 | 6 => act("reinstate", json!({})).await,
        _ if number > 30 => act("revoke", reason()).await,
        _ => {
            let from = format!("{}-01-01T00:00:00Z", 2040 + number);
            act("renew", json!({ "from": from })).await
        }
    };
    assert!(answer.status.is_success() || answer.status == StatusCode::CONFLICT, "{}", answer.body);
}
