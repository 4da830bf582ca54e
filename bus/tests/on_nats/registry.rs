//! The registry shows the running processes, and no others.

use std::time::Duration;

use crate::common::{LONG, Server, metadata};
use bus::{Bus, InstanceAnnouncement, RegistryKey};
use futures::StreamExt;
use tokio::time::timeout;

fn our_key() -> RegistryKey {
    RegistryKey::new(&[1; 32])
}

const TIMEOUT: Duration = Duration::from_millis(400);

fn announcement(name: &str) -> InstanceAnnouncement {
    let metadata = metadata(&[("contexts", "crm,billing"), ("listen", "127.0.0.1:8080")]);
    InstanceAnnouncement { name: name.into(), version: "0.1.0".into(), metadata }
}

async fn names(bus: &Bus) -> Vec<String> {
    bus.instances(TIMEOUT, &our_key())
        .await
        .unwrap()
        .into_iter()
        .map(|instance| instance.name)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_running_part_is_found_until_it_leaves() {
    let server = Server::start();
    let (here, there) = (server.bus().await, server.bus().await);
    let api = here.register_instance(announcement("servicebook-api"), &our_key()).await.unwrap();
    let again = there.register_instance(announcement("servicebook-api"), &our_key()).await.unwrap();
    let _relay =
        there.register_instance(announcement("servicebook-relay"), &our_key()).await.unwrap();

    let found = here.instances(TIMEOUT, &our_key()).await.unwrap();
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
    let _api = bus.register_instance(announcement("servicebook-api"), &our_key()).await.unwrap();
    server.kill();
    server.restart();
    let mut found = Vec::new();
    for _ in 0..20 {
        if let Ok(instances) = bus.instances(TIMEOUT, &our_key()).await {
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
    let refused =
        server.bus().await.register_instance(announcement("servicebook api"), &our_key()).await;
    let why = refused.unwrap_err().to_string();
    assert_eq!(why, "servicebook api cannot be registered");
}

/// Only the key counts: a process that may publish anything on the bus, and repeat the messages of
/// others, changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_prove_to_be_one_of_us_neither_comes_nor_sends_anybody_away() {
    let server = Server::start();
    let (bus, forger) = (server.bus().await, server.bus().await);
    let client = async_nats::connect(server.url()).await.unwrap();
    let mut requests = client.subscribe("servicebook.registry.>").await.unwrap();
    let mut replies = client.subscribe("servicebook.registry.answers.>").await.unwrap();
    client.flush().await.unwrap();
    let mut present = bus.watch_instances("servicebook-api", &our_key()).await.unwrap();
    let leaving = bus.register_instance(announcement("servicebook-api"), &our_key()).await.unwrap();
    present.wait_for(|there| there.len() == 1).await.unwrap();
    let answer = timeout(LONG, replies.next()).await.unwrap().unwrap().payload;
    leaving.withdraw().await.unwrap();
    present.wait_for(Vec::is_empty).await.unwrap();
    let api = bus.register_instance(announcement("servicebook-api"), &our_key()).await.unwrap();
    present.wait_for(|there| there.len() == 1).await.unwrap();

    // With a key of another deployment, with a name as it once was believed, and by hand.
    let _other = forger
        .register_instance(announcement("servicebook-api"), &RegistryKey::new(&[2; 32]))
        .await
        .unwrap();
    let instance = serde_json::json!({ "name": "servicebook-api", "id": "x", "version": "0.1.0",
        "metadata": { "address": "10.0.0.1:1", "paths": "/api" } });
    let instance = instance.to_string();
    for forged in [api.id.clone().into(), instance.into_bytes().into(), answer.clone()] {
        for subject in ["servicebook.registry.left", "servicebook.registry.joined"] {
            client.publish(subject, forged.clone()).await.unwrap();
        }
    }
    let repeating = tokio::spawn(async move {
        while let Some(request) = requests.next().await {
            if let Some(inbox) = request.reply {
                client.publish(inbox, answer.clone()).await.unwrap();
            }
        }
    });
    for _ in 0..3 {
        let there = bus.instances(TIMEOUT, &our_key()).await.unwrap();
        assert_eq!(there.iter().map(|one| &one.id).collect::<Vec<_>>(), [&api.id]);
        assert_eq!(present.borrow().iter().map(|one| &one.id).collect::<Vec<_>>(), [&api.id]);
    }
    repeating.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_server_is_frozen_all_count_as_present() {
    let server = Server::start();
    let (here, there) = (server.bus().await, server.bus().await);
    let mut present = here.watch_instances("servicebook-api", &our_key()).await.unwrap();
    let _gateway =
        here.register_instance(announcement("servicebook-gateway"), &our_key()).await.unwrap();
    let api = there.register_instance(announcement("servicebook-api"), &our_key()).await.unwrap();
    present.wait_for(|there| there.len() == 1).await.unwrap();
    server.signal("STOP");
    // Longer than a process may be silent.
    let gone = timeout(Duration::from_secs(6), present.wait_for(Vec::is_empty)).await.is_ok();
    assert!(!gone, "there would be nobody to send a request to");
    server.signal("CONT");
    api.withdraw().await.unwrap();
    timeout(LONG, present.wait_for(Vec::is_empty)).await.unwrap().unwrap();
}
