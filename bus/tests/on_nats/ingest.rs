//! What comes in from outside is dealt with, however often something dies in between.

use std::time::Duration;

use crate::common::{LONG, Server};
use async_nats::jetstream::message::PublishMessage;
use bus::{IngestConsumer, IngestMessage, PURCHASES_CHANNEL};
use tokio::time::{sleep, timeout};

async fn next(inbox: &mut IngestConsumer) -> (String, IngestMessage) {
    let message = timeout(LONG, inbox.next()).await.expect("nothing comes");
    (String::from_utf8(message.payload().to_vec()).unwrap(), message)
}

async fn nothing_more(inbox: &mut IngestConsumer) {
    assert!(timeout(Duration::from_millis(300), inbox.next()).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_id_that_one_source_gives_takes_nothing_from_another() {
    let server = Server::start();
    let bus = server.bus().await;
    bus.publish_to_ingest(PURCHASES_CHANNEL, "shop", "a".into()).await.unwrap();
    let jetstream = async_nats::jetstream::new(async_nats::connect(server.url()).await.unwrap());
    for source in ["evil", "web-shop"] {
        let message = PublishMessage::build().message_id("W-1").payload("a".into());
        let sent = jetstream.send_publish(format!("ingest.purchases.{source}"), message).await;
        assert!(!sent.unwrap().await.unwrap().duplicate, "{source}");
        sleep(Duration::from_millis(300)).await;
    }
    let mut inbox = bus.ingest_consumer(PURCHASES_CHANNEL);
    for source in ["shop", "evil", "web-shop"] {
        let (text, message) = next(&mut inbox).await;
        assert_eq!((text.as_str(), message.source()), ("a", source));
        message.ack().await.unwrap();
    }
    nothing_more(&mut inbox).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_event_could_hold_does_not_come_in() {
    let server = Server::start();
    let bus = server.bus().await;
    let refused = bus
        .publish_to_ingest(PURCHASES_CHANNEL, "shop", vec![b'a'; 600 << 10].into())
        .await
        .unwrap_err();
    assert!(format!("{refused:#}").contains("message size exceeds maximum"), "{refused:#}");
    bus.publish_to_ingest(PURCHASES_CHANNEL, "shop", vec![b'a'; 500 << 10].into()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_dealt_with_comes_again() {
    let server = Server::start();
    let bus = server.bus().await;
    bus.publish_to_ingest(PURCHASES_CHANNEL, "shop", "a".into()).await.unwrap();
    let mut inbox = bus.ingest_consumer(PURCHASES_CHANNEL);
    let (_, message) = next(&mut inbox).await;
    assert_eq!(message.delivery_info().unwrap().0, 1);
    message.retry_after(Duration::from_millis(100)).await.unwrap();
    let (_, message) = next(&mut inbox).await;
    assert_eq!(message.delivery_info().unwrap().0, 2);
    message.ack().await.unwrap();
    nothing_more(&mut inbox).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_survives_the_server() {
    let mut server = Server::start();
    let bus = server.bus().await;
    let mut inbox = bus.ingest_consumer(PURCHASES_CHANNEL);
    for n in 0..50 {
        bus.publish_to_ingest(PURCHASES_CHANNEL, "shop", format!("{n}").into()).await.unwrap();
    }
    server.kill();
    server.restart();
    let mut seen = Vec::new();
    while seen.len() < 50 {
        let (text, message) = next(&mut inbox).await;
        seen.push(text);
        message.ack().await.unwrap();
    }
    assert_eq!(seen, (0..50).map(|n| n.to_string()).collect::<Vec<_>>());
    nothing_more(&mut inbox).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_outlives_the_loss_of_the_inbox() {
    let mut server = Server::start();
    let bus = server.bus().await;
    let mut inbox = bus.ingest_consumer(PURCHASES_CHANNEL);
    nothing_more(&mut inbox).await;
    server.kill();
    server.wipe();
    server.restart();
    let worker = tokio::spawn(async move { next(&mut inbox).await.0 });
    while bus.publish_to_ingest(PURCHASES_CHANNEL, "shop", "a".into()).await.is_err() {
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(timeout(LONG, worker).await.unwrap().unwrap(), "a");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_is_a_plain_word() {
    let server = Server::start();
    let bus = server.bus().await;
    for source in ["", "a.b", "*", ">", "a b"] {
        let why = bus
            .publish_to_ingest(PURCHASES_CHANNEL, source, "a".into())
            .await
            .unwrap_err()
            .to_string();
        assert!(why.contains("cannot name a source"), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_would_look_at_is_not_taken_in() {
    let server = Server::start();
    let bus = server.bus().await;
    bus.publish_to_ingest(PURCHASES_CHANNEL, "shop", "a".into()).await.unwrap();
    let jetstream = async_nats::jetstream::new(async_nats::connect(server.url()).await.unwrap());
    for subject in ["ingest.purchases", "ingest.orders.shop", "ingest.purchases.shop.eu"] {
        let stored = jetstream.publish(subject, "b".into()).await.unwrap().await;
        assert!(stored.is_err(), "{subject}");
    }
    assert_eq!(bus.ingest_backlog().await.unwrap(), 1);
    let inbox = jetstream.get_stream("INGEST").await.unwrap();
    assert!(inbox.purge().await.is_err() && inbox.delete_message(1).await.is_err());
    let (text, message) = next(&mut bus.ingest_consumer(PURCHASES_CHANNEL)).await;
    assert_eq!(text, "a");
    message.ack().await.unwrap();
    while bus.ingest_backlog().await.unwrap() > 0 {
        sleep(Duration::from_millis(20)).await;
    }
}
