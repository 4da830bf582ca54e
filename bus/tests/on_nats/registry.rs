//! The registry shows who is there, and nobody else.

use std::time::Duration;

use crate::common::{Server, metadata};
use bus::{Bus, Role};

const WHILE: Duration = Duration::from_millis(400);

fn role(name: &str) -> Role {
    let metadata = metadata(&[("contexts", "crm,billing"), ("listen", "127.0.0.1:8080")]);
    Role { name: name.into(), version: "0.1.0".into(), metadata }
}

async fn names(bus: &Bus) -> Vec<String> {
    bus.instances(WHILE).await.unwrap().into_iter().map(|instance| instance.name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_running_part_is_found_until_it_leaves() {
    let server = Server::start();
    let (here, there) = (server.bus().await, server.bus().await);
    let api = here.register(role("servicebook-api")).await.unwrap();
    let again = there.register(role("servicebook-api")).await.unwrap();
    there.register(role("servicebook-relay")).await.unwrap();

    let found = here.instances(WHILE).await.unwrap();
    assert_eq!(found.len(), 3);
    assert_eq!((found[0].name.as_str(), found[0].version.as_str()), ("servicebook-api", "0.1.0"));
    assert_eq!(found[0].metadata["contexts"], "crm,billing");
    let mut ids = [found[0].id.as_str(), found[1].id.as_str()];
    let mut expected = [api.id.as_str(), again.id.as_str()];
    ids.sort_unstable();
    expected.sort_unstable();
    assert_eq!(ids, expected);

    again.withdraw().await.unwrap();
    assert_eq!(names(&here).await, ["servicebook-api", "servicebook-relay"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_is_found_again_after_the_server_was_away() {
    let mut server = Server::start();
    let bus = server.bus().await;
    let _api = bus.register(role("servicebook-api")).await.unwrap();
    server.kill();
    server.restart();
    let mut found = Vec::new();
    for _ in 0..20 {
        if let Ok(instances) = bus.instances(WHILE).await {
            found = instances;
        }
        if !found.is_empty() {
            break;
        }
    }
    assert_eq!(found.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_cannot_be_one_is_refused() {
    let server = Server::start();
    let why = server.bus().await.register(role("servicebook api")).await.unwrap_err().to_string();
    assert_eq!(why, "servicebook api cannot be registered");
}
