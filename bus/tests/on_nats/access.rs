//! Each user of the example configuration may do what it needs to, and nothing else.

use std::time::Duration;

use crate::common::{LONG, Log, Server};
use async_nats::jetstream::{self, consumer::PullConsumer};
use bus::{Bus, InstanceAnnouncement, PURCHASES_CHANNEL, RegistryKey};
use futures::{StreamExt, TryStreamExt};
use tokio::time::timeout;

/// Tries to store something; whether it was.
async fn stores(client: &async_nats::Client, subject: &'static str) -> bool {
    let context = jetstream::ContextBuilder::new().timeout(Duration::from_millis(500));
    let context = context.ack_timeout(Duration::from_millis(500)).build(client.clone());
    match context.publish(subject, "{}".into()).await {
        Ok(stored) => stored.await.is_ok(),
        Err(_) => false,
    }
}

async fn read(bus: &Bus, log: &Log) {
    let mut reader = bus.tail().await.unwrap().subscribe_after(0);
    let reading = async {
        while reader.position() < log.len() {
            reader.next().await.ok();
        }
    };
    timeout(LONG, reading).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn s_15_every_kind_of_process_can_do_its_work_and_no_other() {
    let server = Server::with_accounts();
    let log = Log::of(1, 700);
    let relay = log.relay(server.bus_of("servicebook-relay").await);
    let projector = server.bus_of("servicebook-projector").await;
    let api = server.bus_of("servicebook-api").await;
    let mut progress = api.subscribe_progress().await.unwrap();
    read(&projector, &log).await;
    read(&api, &log).await;
    projector.announce_progress("crm.customer", 700).await;
    assert_eq!(timeout(LONG, progress.next()).await.unwrap().unwrap().position, 700);
    log.grow(1, 5);
    api.announce_appended(705).await;
    read(&projector, &log).await;
    assert_eq!(projector.health().await, Ok(()));

    let key = RegistryKey::new(&[1; 32]);
    let announcement = || InstanceAnnouncement {
        name: "api".into(),
        version: "0.1.0".into(),
        metadata: [].into(),
    };
    let _api = api.register_instance(announcement(), &key).await.unwrap();
    let gateway = server.bus_of("servicebook-gateway").await;
    let found = gateway.instances(Duration::from_millis(500), &key).await.unwrap();
    assert_eq!(found.len(), 1);

    let worker = server.bus_of("servicebook-worker").await;
    let shop = server.client_of("webshop").await;
    assert!(stores(&shop, "ingest.purchases.webshop").await);
    let mut inbox = worker.ingest_consumer(PURCHASES_CHANNEL);
    let delivery = timeout(LONG, inbox.next()).await.unwrap();
    assert_eq!(delivery.source(), "webshop");
    delivery.ack().await.unwrap();

    for user in ["projector", "worker", "api", "gateway"] {
        let client = server.client_of(&format!("servicebook-{user}")).await;
        assert!(!stores(&client, "events.crm.customer.CustomerCreated").await, "{user}");
        assert!(!stores(&client, "ingest.purchases.webshop").await, "{user}");
    }
    // Nor does anybody say something as an answer that they could not say otherwise.
    let gateway = server.client_of("servicebook-gateway").await;
    let mut requests = gateway.subscribe("servicebook.registry.x").await.unwrap();
    let reply_subjects =
        ["events.crm.customer.X", "ingest.purchases.webshop", "$JS.API.STREAM.DELETE.EVENTS"];
    for reply in reply_subjects {
        gateway.publish_with_reply("servicebook.registry.x", reply, "".into()).await.unwrap();
        let request = timeout(LONG, requests.next()).await.unwrap().unwrap();
        gateway.publish(request.reply.unwrap(), "{}".into()).await.unwrap();
    }
    gateway.flush().await.unwrap();
    let operator = server.bus_of("servicebook").await;
    assert_eq!(
        (operator.mirrored_position().await.unwrap(), operator.ingest_backlog().await.unwrap()),
        (705, 0)
    );
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s_15_those_outside_write_their_own_purchases_or_read_events() {
    let server = Server::with_accounts();
    let log = Log::of(1, 30);
    let relay = log.relay(server.bus_of("servicebook-relay").await);
    let operator = server.bus_of("servicebook").await;
    operator.add_subscriber("reporting").await.unwrap();
    read(&operator, &log).await;
    let [shop, reader] = [server.client_of("webshop").await, server.client_of("reporting").await];

    let streams = jetstream::with_domain(reader.clone(), "servicebook");
    let events = streams.get_stream("EVENTS").await.unwrap();
    let consumer: PullConsumer = events.get_consumer("reporting").await.unwrap();
    let messages = consumer.fetch().max_messages(30).messages().await.unwrap();
    let messages: Vec<_> = messages.try_collect().await.unwrap();
    assert_eq!(messages.len(), 30);
    for message in &messages {
        message.double_ack().await.unwrap();
    }
    let mut live = reader.subscribe("events.>").await.unwrap();
    reader.flush().await.unwrap();
    log.grow(1, 1);
    timeout(LONG, live.next()).await.unwrap().unwrap();

    for (client, subjects) in [
        (&shop, ["ingest.purchases.other", "ingest.purchases", "events.crm.customer.X"]),
        (&reader, ["ingest.purchases.reporting", "ingest.orders.x", "events.crm.customer.X"]),
    ] {
        for subject in subjects {
            assert!(!stores(client, subject).await, "{subject}");
        }
    }
    // A server answers whatever subject it is told to. It must not store an answer as an event.
    let next = "$JS.servicebook.API.CONSUMER.MSG.NEXT.EVENTS.reporting";
    let get = "$JS.servicebook.API.DIRECT.GET.EVENTS";
    for reply in ["events.crm.customer.X", "ingest.purchases.other", "$JS.API.STREAM.DELETE.EVENTS"]
    {
        shop.publish_with_reply("ingest.purchases.webshop", reply, "{}".into()).await.unwrap();
        reader.publish_with_reply(get, reply, r#"{"seq":1}"#.into()).await.unwrap();
        reader.publish_with_reply(next, reply, "1".into()).await.unwrap();
    }
    for client in [&shop, &reader] {
        client.flush().await.unwrap();
    }
    assert!(stores(&shop, "ingest.purchases.webshop").await);
    assert_eq!(
        (operator.mirrored_position().await.unwrap(), operator.ingest_backlog().await.unwrap()),
        (31, 4)
    );
    relay.stop().await;
}
