//! What somebody sees who knows only the bus and the published schemas.

use std::{path::Path, process::Command, time::Duration};

use chrono::{SubsecRound, TimeDelta, Utc};
use reqwest::StatusCode;
use serde_json::json;
use tests::world::World;

/// The four facts that travel the whole way.
const FACTS: [&str; 4] =
    ["AppointmentBooked", "CustomerCreated", "IssueCommented", "LicenseExpired"];

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the program under test has the same clock")]
async fn four_facts_reach_a_subscriber_in_another_language_as_their_schemas_say() {
    let mut world = World::start().await;
    world.told(&["demo"]);
    let admin = world.admin().await;
    world.settled().await;
    // One licence as the demonstration's first, but for its end.
    let license = admin.get("/licenses?limit=1").await.expect(StatusCode::OK);
    let license = &license.body["data"][0];
    let now = Utc::now().trunc_subsecs(0);
    let short = json!({
        "cabinet": license["cabinet_id"], "product": license["product_id"],
        "parameters": license["parameters"],
        "from": now - TimeDelta::hours(1), "until": now + TimeDelta::seconds(4),
    });
    admin.post("/licenses", short).await.expect(StatusCode::CREATED);

    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let running = world.running();
    let url = world.url("");
    let subscriber = tokio::task::spawn_blocking(move || {
        Command::new("python3")
            .arg(root.join("tests/outside/subscriber.py"))
            .args([running.nats_url.reveal(), &url])
            .args(FACTS)
            .env("PYTHONPATH", root.join(".tools/python"))
            .output()
            .unwrap()
    });
    let patience = Duration::from_mins(1);
    let output = tokio::time::timeout(patience, subscriber).await.unwrap().unwrap();
    let (said, errors) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{errors}");
    for fact in FACTS {
        assert!(said.lines().any(|line| line == fact), "{fact} did not come: {said}{errors}");
    }
    world.stop().await;
}
