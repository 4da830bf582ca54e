//! A reader sees every event once and in order, or is told that it does not.

use std::time::Duration;

use crate::common::{LONG, Log, Server, event, text, wait_until_equal};
use bus::{CatchUpSubscription, SubscriptionError};
use futures::StreamExt;
use tokio::time::{sleep, timeout};

/// Reads up to a position; errors are skipped, as by a reader that reads the log meanwhile.
async fn read_to(reader: &mut CatchUpSubscription, position: i64) -> Vec<String> {
    let mut read = Vec::new();
    let reading = async {
        while reader.position() < position {
            let Ok(events) = reader.next().await else { continue };
            assert!(events.len() <= 1000);
            read.extend(events.iter().map(|event| text(event)));
        }
    };
    timeout(LONG, reading).await.expect("the reader is stuck");
    read
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_of_any_pace_see_everything_once() {
    let server = Server::start();
    let log = Log::of(1, 2500);
    let relay = log.relay(server.bus().await);
    wait_until_equal(&server, &log).await;
    let bus = server.bus().await;
    let tail = bus.tail().await.unwrap();
    let (mut all, mut late, mut idle) =
        (tail.subscribe_after(0), tail.subscribe_after(2499), tail.subscribe_after(10));
    assert_eq!(read_to(&mut all, 2500).await, log.texts());
    for _ in 0..30 {
        log.grow(1, 200);
        bus.announce_appended(log.len()).await;
        read_to(&mut all, log.len()).await;
    }
    assert_eq!(read_to(&mut late, log.len()).await, log.texts()[2499..]);
    assert_eq!(read_to(&mut idle, log.len()).await, log.texts()[10..]);
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_survives_the_server_and_the_loss_of_its_files() {
    let mut server = Server::start();
    let log = Log::of(1, 100);
    let relay = log.relay(server.bus().await);
    let mut reader = server.bus().await.tail().await.unwrap().subscribe_after(0);
    let mut read = read_to(&mut reader, 100).await;
    for wiped in [false, true, false] {
        server.kill();
        if wiped {
            server.wipe();
        }
        log.grow(1, 1500);
        server.restart();
        read.extend(read_to(&mut reader, log.len()).await);
    }
    assert_eq!(read, log.texts());
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bus_that_is_behind_says_so() {
    let server = Server::start();
    let log = Log::of(1, 10);
    let relay = log.relay(server.bus().await);
    let tail = server.bus().await.tail().await.unwrap();
    let mut ahead = tail.subscribe_after(50);
    let error = timeout(LONG, ahead.next()).await.unwrap().unwrap_err();
    assert!(matches!(error, SubscriptionError::Behind { position: 50, bus: Some(10) }), "{error}");
    log.grow(1, 50);
    assert_eq!(ahead.next().await.unwrap().len(), 10);

    // While the relay is there, silence means that nothing happened; without it, it means nothing.
    assert!(timeout(Duration::from_secs(4), ahead.next()).await.is_err());
    relay.stop().await;
    let error = timeout(LONG, ahead.next()).await.unwrap().unwrap_err();
    assert!(matches!(error, SubscriptionError::Behind { position: 60, .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bus_begun_anew_is_told_once() {
    let server = Server::start();
    let relay = Log::of(1, 10).relay(server.bus().await);
    let mut reader = server.bus().await.tail().await.unwrap().subscribe_after(0);
    read_to(&mut reader, 10).await;
    relay.stop().await;

    let other = Log::of(2, 12);
    let relay = other.relay(server.bus().await);
    let mut errors = Vec::new();
    while reader.position() < 12 {
        match timeout(LONG, reader.next()).await.unwrap() {
            Ok(events) => assert_eq!(text(&events[0]), other.texts()[10]),
            Err(error) => errors.push(error),
        }
    }
    let resets = errors.iter().filter(|error| matches!(error, SubscriptionError::Reset)).count();
    assert_eq!(resets, 1, "{errors:?}");
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_in_its_place_is_never_given_out() {
    let server = Server::start();
    let bus = server.bus().await;
    let client = async_nats::connect(server.url()).await.unwrap();
    let jetstream = async_nats::jetstream::new(client.clone());
    bus.add_subscriber("anybody").await.unwrap();
    for position in [1, 2, 4] {
        let event = event(1, position);
        let message = bus::to_cloud_event(&event).unwrap().into();
        jetstream.publish(bus::event_subject(&event), message).await.unwrap().await.unwrap();
    }
    let tail = bus.tail().await.unwrap();
    let (mut reader, mut foreign) = (tail.subscribe_after(0), tail.subscribe_after(3));
    let announcement = r#"{"position":4,"born":"2026-01-01T00:00:00Z"}"#;
    tokio::spawn(async move {
        loop {
            client.publish("servicebook.mirrored", announcement.into()).await.unwrap();
            sleep(Duration::from_millis(50)).await;
        }
    });
    let error = timeout(LONG, reader.next()).await.unwrap().unwrap_err();
    assert!(matches!(error, SubscriptionError::Gap { expected: 3, found: 4 }), "{error}");
    assert_eq!(reader.position(), 0);

    jetstream.publish("events.crm.customer.X", "?".into()).await.unwrap().await.unwrap();
    let error = timeout(LONG, foreign.next()).await.unwrap().unwrap_err();
    assert!(matches!(error, SubscriptionError::Unreadable(_)), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn projectors_are_heard_everywhere() {
    let server = Server::start();
    let (here, there) = (server.bus().await, server.bus().await);
    let mut progress_messages = here.subscribe_progress().await.unwrap();
    tokio::spawn(async move {
        loop {
            there.announce_progress("crm.customer", 42).await;
            sleep(Duration::from_millis(50)).await;
        }
    });
    let progress = timeout(LONG, progress_messages.next()).await.unwrap().unwrap();
    assert_eq!((progress.projector.as_str(), progress.position), ("crm.customer", 42));
}
