//! How fast the relay is, and a reader behind it: `NATS_URL=… cargo run --release -p bus --example
//! relay [events]` against a server without a stream `EVENTS`, with `sync_interval: always`.

use std::{env, time::Instant};

use bus::{Bus, EventSource, Options, Relay};
use chrono::DateTime;
use domain::{Meta, RawEvent};
use serde_json::value::RawValue;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A log of so many events.
struct Log(i64);

impl EventSource for Log {
    async fn head(&self) -> anyhow::Result<i64> {
        Ok(self.0)
    }

    async fn events_after(&self, position: i64, limit: usize) -> anyhow::Result<Vec<RawEvent>> {
        (position + 1..=self.0).take(limit).map(event).collect()
    }
}

fn event(position: i64) -> anyhow::Result<RawEvent> {
    let data = format!(r#"{{"number":"C-{position}","name":"{}"}}"#, "x".repeat(200));
    Ok(RawEvent {
        position,
        stream: "crm.customer".into(),
        id: Uuid::now_v7(),
        version: 1,
        kind: "CustomerCreated".into(),
        schema: 1,
        data: RawValue::from_string(data)?,
        meta: Meta { actor: Uuid::now_v7(), command: Uuid::now_v7(), ..Meta::default() },
        recorded_at: DateTime::UNIX_EPOCH,
    })
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let events = env::args().nth(1).map_or(Ok(200_000), |events| events.parse())?;
    let url = env::var("NATS_URL").unwrap_or_else(|_| "nats://127.0.0.1:4222".into());
    let bus = Bus::connect(&url, Options::default()).await?;
    let mut reader = bus.tail().await?.subscribe_after(0);
    let relay = Relay::new(bus.clone(), Log(events));
    let stop = CancellationToken::new();

    let started = Instant::now();
    let relaying = tokio::spawn({
        let stop = stop.clone();
        async move { relay.run(&stop).await }
    });
    let mut last = bus.tail().await?.subscribe_after(events - 1);
    while last.next().await.is_err() {}
    report("relayed", events, started);

    let started = Instant::now();
    while reader.position() < events {
        reader.next().await?;
    }
    report("read", events, started);
    stop.cancel();
    Ok(relaying.await?)
}

#[expect(clippy::cast_precision_loss, reason = "a rate")]
fn report(what: &str, events: i64, started: Instant) {
    let seconds = started.elapsed().as_secs_f64();
    println!("{what} {events} events in {seconds:.2} s: {:.0}/s", events as f64 / seconds);
}
