//! The stream as a mirror of the log: whether it is one, and the next piece of it.

use anyhow::{Context, bail, ensure};
use async_nats::{
    HeaderMap,
    client::Request,
    header::{
        NATS_BATCH_COMMIT, NATS_BATCH_COMMIT_FINAL, NATS_BATCH_ID, NATS_BATCH_SEQUENCE,
        NATS_EXPECTED_LAST_SEQUENCE,
    },
    jetstream::{publish::PublishAck, response::Response, stream},
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use domain::Raw;
use metrics::counter;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tracing::error;
use uuid::Uuid;

use crate::{Bus, EventSource, envelope, streams::EVENTS};

/// Where the relay says how far the mirror reaches.
pub(crate) const MIRRORED: &str = "servicebook.mirrored";

/// A batch ends here, so that big events do not make it too big for the server's memory.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// The mirror equals the log up to a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mirrored {
    pub(crate) position: i64,
    /// When the stream was created: another time means another stream.
    pub(crate) born: DateTime<Utc>,
}

/// The stream `EVENTS`, known to equal the log up to a position.
#[derive(Debug)]
pub(crate) struct Mirror {
    bus: Bus,
    reach: Mirrored,
}

/// An event on its way.
pub(crate) struct Message {
    subject: String,
    payload: Bytes,
}

/// The events that follow a position, as messages.
pub(crate) fn messages(events: &[Raw], after: i64) -> anyhow::Result<Vec<Message>> {
    let mut before = None;
    let message = |(event, expected): (_, i64)| {
        let event: &Raw = event;
        let found = event.position;
        ensure!(found == expected, "the log has a hole: {found} follows {}", expected - 1);
        let event = before.replace(event).filter(|_| skip_one()).unwrap_or(event);
        let (subject, payload) = (envelope::subject(event), envelope::to_json(event)?.into());
        Ok(Message { subject, payload })
    };
    events.iter().zip(after + 1..).map(message).collect()
}

impl Mirror {
    /// Looks at the stream as it is. One that is missing is created, one that is shorter than the
    /// log is as good as any, and one that is no mirror of this log is begun anew.
    pub(crate) async fn open(bus: &Bus, source: &impl EventSource) -> anyhow::Result<Self> {
        bus.examine()?;
        bus.ensure_streams().await?;
        let found = bus.jetstream.get_stream(EVENTS).await?;
        let Some(why) = difference(&found, source).await? else {
            return Self::of(bus, found.cached_info());
        };
        let equal = equal_up_to(&found, source).await?;
        error!(
            "THE BUS IS NO MIRROR OF THE LOG: {why}. It is equal up to {equal}; it is begun anew and \
             filled again from 1."
        );
        counter!("servicebook_relay_rebuilds_total").increment(1);
        bus.begin_anew(equal).await?;
        let mirror = Self::of(bus, bus.jetstream.get_stream(EVENTS).await?.cached_info())?;
        mirror.announce().await;
        Ok(mirror)
    }

    fn of(bus: &Bus, info: &stream::Info) -> anyhow::Result<Self> {
        let position = i64::try_from(info.state.last_sequence)?;
        Ok(Self { bus: bus.clone(), reach: Mirrored { position, born: info.created } })
    }

    pub(crate) fn position(&self) -> i64 {
        self.reach.position
    }

    /// Tells everybody who follows how far the mirror reaches.
    pub(crate) async fn announce(&self) {
        if let Ok(reach) = serde_json::to_string(&self.reach) {
            self.bus.mention(MIRRORED.into(), reach).await;
        }
    }

    /// Whether the stream still is as it was left.
    pub(crate) async fn check(&self) -> anyhow::Result<()> {
        let stream = self.bus.jetstream.get_stream(EVENTS).await?;
        let now = Self::of(&self.bus, stream.cached_info())?.reach;
        ensure!(now == self.reach, "the bus has changed: {now:?}, not {:?}", self.reach);
        Ok(())
    }

    /// Adds the events that follow.
    pub(crate) async fn publish(&mut self, mut messages: &[Message]) -> anyhow::Result<()> {
        while !messages.is_empty() {
            let mut bytes = 0;
            let fits = |message: &&Message| {
                let begun = bytes;
                bytes += message.payload.len();
                begun < BATCH_BYTES
            };
            let (batch, rest) = messages.split_at(messages.iter().take_while(fits).count());
            self.commit(batch).await?;
            messages = rest;
        }
        Ok(())
    }

    /// One batch: stored wholly, behind the sequence that we expect, or not at all.
    async fn commit(&mut self, batch: &[Message]) -> anyhow::Result<()> {
        let id = Uuid::now_v7().to_string();
        let expected = self.position();
        let mut answer = None;
        for (index, message) in batch.iter().enumerate() {
            let Message { subject, payload } = message;
            let mut headers = HeaderMap::new();
            headers.insert("Content-Type", "application/cloudevents+json");
            headers.insert(NATS_BATCH_ID, id.as_str());
            headers.insert(NATS_BATCH_SEQUENCE, (index + 1).to_string());
            if index == 0 {
                headers.insert(NATS_EXPECTED_LAST_SEQUENCE, expected.to_string());
            }
            if index == batch.len() / 2 {
                fail::fail_point!("relay.mid_batch", |_| std::process::abort());
            }
            let client = &self.bus.client;
            if index + 1 < batch.len() {
                let (subject, payload) = (subject.clone(), payload.clone());
                client.publish_with_headers(subject, headers, payload).await?;
            } else {
                headers.insert(NATS_BATCH_COMMIT, NATS_BATCH_COMMIT_FINAL);
                let last = Request::new().headers(headers).payload(payload.clone());
                answer = Some(client.send_request(subject.clone(), last).await?);
            }
        }
        let answer = answer.context("an empty batch")?;
        match serde_json::from_slice(&answer.payload)? {
            Response::Ok::<PublishAck>(PublishAck { sequence, .. }) => {
                fail::fail_point!("relay.after_publish", |_| std::process::abort());
                self.reach.position = i64::try_from(sequence)?;
                let due = expected + i64::try_from(batch.len())?;
                ensure!(self.position() == due, "the bus stored up to {sequence}, not {due}");
                counter!("servicebook_relay_batches_total").increment(1);
                Ok(())
            }
            Response::Err { error } => bail!("a batch after {expected} was refused: {error}"),
        }
    }
}

/// Builds a relay that sends an event twice and the next one never, for the tests that must notice.
fn skip_one() -> bool {
    fail::fail_point!("mutant.relay.skip_one", |_| true);
    false
}

/// Why the stream is no mirror of this log, if it is none. Only its end is compared: who has the
/// same event at the same position has the same history before it.
async fn difference(
    found: &stream::Stream,
    source: &impl EventSource,
) -> anyhow::Result<Option<String>> {
    let state = &found.cached_info().state;
    if state.last_sequence == 0 {
        return Ok(None);
    }
    if (state.first_sequence, state.messages) != (1, state.last_sequence) {
        let (from, to, count) = (state.first_sequence, state.last_sequence, state.messages);
        return Ok(Some(format!("it holds {count} messages from {from} to {to}")));
    }
    let last = i64::try_from(state.last_sequence)?;
    let head = source.head().await.context("the log cannot be read")?;
    if head < last {
        return Ok(Some(format!("it ends at {last}, the log at {head}")));
    }
    let equal = is_equal_at(last, found, source).await?;
    Ok((!equal).then(|| format!("at {last} it holds something else than the log")))
}

/// Whether the bus holds at a position the event that the log holds there.
async fn is_equal_at(
    position: i64,
    found: &stream::Stream,
    source: &impl EventSource,
) -> anyhow::Result<bool> {
    let logged = source.after(position - 1, 1).await.context("the log cannot be read")?;
    let logged = logged.first().context("the log has lost an event")?;
    let message = found.get_raw_message(position.try_into()?).await?;
    let mirrored = envelope::from_json(&message.payload);
    Ok(mirrored.is_ok_and(|mirrored| same(logged, &mirrored)))
}

/// The last position up to which the bus is the log: found by halving, since both have the same
/// history before an event that both have.
async fn equal_up_to(found: &stream::Stream, source: &impl EventSource) -> anyhow::Result<i64> {
    let state = &found.cached_info().state;
    let head = source.head().await.context("the log cannot be read")?;
    let (mut equal, mut end) = (0, i64::try_from(state.last_sequence)?.min(head));
    while equal < end {
        let middle = end - (end - equal) / 2;
        // A message that cannot be had is as good as another one.
        if is_equal_at(middle, found, source).await.unwrap_or_default() {
            equal = middle;
        } else {
            end = middle - 1;
        }
    }
    Ok(equal)
}

/// Equal in meaning: the database may have written the data in another way meanwhile.
fn same(a: &Raw, b: &Raw) -> bool {
    let data = |event: &Raw| serde_json::from_str::<Value>(event.data.get()).ok();
    let rest = |event: &Raw| {
        let Raw { position, id, version, schema, recorded_at, .. } = *event;
        (position, id, version, schema, recorded_at)
    };
    rest(a) == rest(b)
        && (&a.stream, &a.kind, &a.meta) == (&b.stream, &b.kind, &b.meta)
        && data(a) == data(b)
}
