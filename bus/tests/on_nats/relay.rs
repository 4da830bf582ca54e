//! The bus equals the log, whatever happens to either.

use std::time::Duration;

use crate::common::{LONG, Log, Server, created, read_all, wait_until_equal};
use async_nats::jetstream::consumer::{PullConsumer, pull::Config};
use bus::{Bus, Options, Relay};
use futures::TryStreamExt;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

#[tokio::test(flavor = "multi_thread")]
async fn the_bus_is_a_mirror_of_the_log() {
    let server = Server::start();
    let log = Log::of(1, 1234);
    let relay = log.relay(server.bus().await);
    wait_until_equal(&server, &log).await;
    let bus = server.bus().await;
    for _ in 0..20 {
        log.grow(1, 3);
        bus.announce_appended(log.len()).await;
    }
    wait_until_equal(&server, &log).await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wake_up_is_faster_than_the_clock_and_a_lost_one_costs_a_second() {
    let server = Server::start();
    let bus = server.bus().await;
    let log = Log::of(1, 1);
    let relay = log.relay(bus.clone());
    let mut reader = bus.tail().await.unwrap().subscribe_after(0);
    timeout(LONG, reader.next()).await.unwrap().unwrap();

    log.grow(1, 1);
    let announced = Instant::now();
    bus.announce_appended(2).await;
    reader.next().await.unwrap();
    assert!(announced.elapsed() < Duration::from_millis(500), "{:?}", announced.elapsed());

    log.grow(1, 1);
    reader.next().await.unwrap();
    assert_eq!(reader.position(), 3);
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_08_a_server_killed_in_the_middle_loses_and_doubles_nothing() {
    let mut server = Server::start();
    let log = Log::of(1, 0);
    let relay = log.relay(server.bus().await);
    for round in 0..4 {
        log.grow(1, 5000);
        sleep(Duration::from_millis(30 + 40 * round)).await;
        server.kill();
        sleep(Duration::from_millis(100)).await;
        server.restart();
    }
    wait_until_equal(&server, &log).await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_02_a_relay_that_dies_anywhere_leaves_nothing_half_done() {
    let server = Server::start();
    server.bus().await.add_subscriber("anybody").await.unwrap();
    let log = Log::of(1, 8000);
    for life in 0..25 {
        let relay = Relay::new(server.bus().await, log.clone());
        let stop = CancellationToken::new();
        timeout(Duration::from_millis(1 + life * 7 % 23), relay.run(&stop)).await.ok();
        // While the server takes a batch in, a part of it can be seen; it must not stay a part.
        let mut bus = read_all(&server).await;
        for _ in 0..20 {
            if bus.len() % 500 == 0 {
                break;
            }
            sleep(Duration::from_millis(50)).await;
            bus = read_all(&server).await;
        }
        assert!(bus.len() % 500 == 0, "a part of a batch stays: {}", bus.len());
        assert!(log.texts().starts_with(&bus));
    }
    let relay = log.relay(server.bus().await);
    wait_until_equal(&server, &log).await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_09_a_bus_that_lost_everything_is_filled_again() {
    let mut server = Server::start();
    let log = Log::of(1, 1700);
    let relay = log.relay(server.bus().await);
    wait_until_equal(&server, &log).await;
    server.kill();
    server.wipe();
    log.grow(1, 10);
    server.restart();
    wait_until_equal(&server, &log).await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_10_a_bus_that_lost_its_end_gets_exactly_that_again() {
    let mut server = Server::start();
    let log = Log::of(1, 700);
    let relay = log.relay(server.bus().await);
    wait_until_equal(&server, &log).await;
    let before = created(&server).await;
    server.kill();
    server.back_up();
    server.restart();
    log.grow(1, 800);
    wait_until_equal(&server, &log).await;
    server.kill();
    server.restore_backup();
    server.restart();
    wait_until_equal(&server, &log).await;
    assert_eq!(created(&server).await, before, "it was not filled from 1");
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_21_two_relays_at_once_store_everything_once() {
    let server = Server::start();
    let log = Log::of(1, 3000);
    let first = log.relay(server.bus().await);
    let second = log.relay(server.bus().await);
    let bus = server.bus().await;
    for _ in 0..20 {
        log.grow(1, 100);
        bus.announce_appended(log.len()).await;
        sleep(Duration::from_millis(10)).await;
    }
    wait_until_equal(&server, &log).await;
    first.stop().await;
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_set_back_behind_the_bus_is_the_truth() {
    let server = Server::start();
    let log = Log::of(1, 900);
    let relay = log.relay(server.bus().await);
    wait_until_equal(&server, &log).await;
    relay.stop().await;
    let before = created(&server).await;

    let shorter = Log::of(1, 600);
    let relay = shorter.relay(server.bus().await);
    wait_until_equal(&server, &shorter).await;
    assert_ne!(created(&server).await, before);
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_tells_another_story_replaces_the_bus() {
    let server = Server::start();
    let relay = Log::of(1, 900).relay(server.bus().await);
    wait_until_equal(&server, &Log::of(1, 900)).await;
    relay.stop().await;

    // Set back to 600, and grown beyond the bus before the relay looked.
    let other = Log::of(1, 600);
    other.grow(2, 500);
    let relay = other.relay(server.bus().await);
    wait_until_equal(&server, &other).await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_message_goes_and_those_who_read_keep_their_place() {
    let server = Server::start();
    let log = Log::of(1, 300);
    let relay = log.relay(server.bus().await);
    wait_until_equal(&server, &log).await;
    let client = async_nats::connect(server.url()).await.unwrap();
    let jetstream = async_nats::jetstream::new(client);
    let consumer = async || -> PullConsumer {
        let events = jetstream.get_stream("EVENTS").await.unwrap();
        let config = Config { durable_name: Some("crm".into()), ..Config::default() };
        events.get_or_create_consumer("crm", config).await.unwrap()
    };
    let fetch = async |count| {
        let messages = consumer().await.fetch().max_messages(count).messages().await.unwrap();
        let messages: Vec<_> = messages.try_collect().await.unwrap();
        for message in &messages {
            message.double_ack().await.unwrap();
        }
        messages.iter().map(|message| message.info().unwrap().stream_sequence).collect::<Vec<_>>()
    };
    assert_eq!(fetch(120).await, (1..=120).collect::<Vec<_>>());
    let before = created(&server).await;

    // A user with all rights can do this.
    jetstream.publish("events.crm.customer.X", "forged".into()).await.unwrap().await.unwrap();
    while created(&server).await == before {
        sleep(Duration::from_millis(50)).await;
    }
    wait_until_equal(&server, &log).await;
    assert_eq!(fetch(1000).await, (121..=300).collect::<Vec<_>>());
    log.grow(1, 5);
    wait_until_equal(&server, &log).await;
    assert_eq!(fetch(1000).await, (301..=305).collect::<Vec<_>>());
    relay.stop().await;

    // Of a log with other events, consumers get all that differ.
    let (other, before) = (Log::of(1, 200), created(&server).await);
    other.grow(2, 105);
    let relay = other.relay(server.bus().await);
    while created(&server).await == before {
        sleep(Duration::from_millis(50)).await;
    }
    wait_until_equal(&server, &other).await;
    assert_eq!(fetch(1000).await, (201..=305).collect::<Vec<_>>());
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_comes_late_and_has_little_room_will_do() {
    let mut server = Server::configured("sync_interval: always, max_file_store: 100MB");
    server.kill();
    let bus = server.bus().await;
    assert!(bus.health().await.unwrap_err().contains("cannot be reached"));
    let log = Log::of(1, 100);
    let relay = log.relay(bus.clone());
    server.restart();
    wait_until_equal(&server, &log).await;
    bus.publish_to_ingest(bus::PURCHASES_CHANNEL, "shop", "a".into()).await.unwrap();
    let healthy = async {
        while bus.health().await.is_err() {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(LONG, healthy).await.unwrap();
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn big_events_go_in_smaller_batches() {
    let server = Server::start();
    let log = Log::default();
    log.grow_big(40, 800_000);
    let relay = log.relay(server.bus().await);
    let mut reader = server.bus().await.tail().await.unwrap().subscribe_after(0);
    while reader.position() < 40 {
        reader.next().await.ok();
    }
    wait_until_equal(&server, &log).await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_acknowledges_what_is_not_on_the_disk_is_refused() {
    for (storage, safe) in [("sync_interval: always", true), ("sync_interval: 5s", false)] {
        let server = Server::configured(storage);
        let options = Options { monitor: Some(server.monitor()), ..Options::default() };
        let refused = Bus::connect(&server.url(), options).await.err().map(|why| why.to_string());
        assert_eq!(refused.is_none(), safe, "{refused:?}");
        assert!(refused.is_none_or(|why| why.contains("set `sync_interval: always`")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bus_that_is_lost_altogether_is_made_anew_when_that_is_asked_for() {
    let server = Server::start();
    let bus = server.bus().await;
    bus.recreate_events_and_segments_streams().await.unwrap();
    let log = Log::of(1, 30);
    let relay = log.relay(bus);
    wait_until_equal(&server, &log).await;
    relay.stop().await;
}
