//! The stream `EVENTS` as a mirror of the log: checks that it is one, and appends to it.

use anyhow::{Context, bail, ensure};
use async_nats::{
    HeaderMap,
    client::Request,
    header::{
        NATS_BATCH_COMMIT, NATS_BATCH_COMMIT_FINAL, NATS_BATCH_ID, NATS_BATCH_SEQUENCE,
        NATS_EXPECTED_LAST_SEQUENCE,
    },
    jetstream::{self, publish::PublishAck, response::Response},
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use domain::RawEvent;
use metrics::counter;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tracing::error;
use uuid::Uuid;

use crate::{Bus, cloud_event, streams::EVENTS};

/// The subject on which the relay announces how far the mirror reaches.
pub(crate) const MIRRORED_SUBJECT: &str = "servicebook.mirrored";

/// The largest batch, in bytes, so that big events do not exceed the server's memory.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// The log, as the relay reads it. It must be the primary: a replica that lags would look like a log
/// that has lost its end.
pub trait EventSource: Send + Sync {
    /// The position of the newest event, 0 when there is none.
    fn head(&self) -> impl Future<Output = anyhow::Result<i64>> + Send;

    /// At most `limit` events after a position, in order and without gaps.
    fn events_after(
        &self,
        position: i64,
        limit: usize,
    ) -> impl Future<Output = anyhow::Result<Vec<RawEvent>>> + Send;
}

/// The mirror equals the log up to a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MirroredPosition {
    pub(crate) position: i64,
    /// When the stream was created: another time means another stream.
    #[serde(rename = "born")]
    pub(crate) created: DateTime<Utc>,
}

/// The stream `EVENTS`, known to equal the log up to a position.
#[derive(Debug)]
pub(crate) struct Mirror {
    bus: Bus,
    mirrored: MirroredPosition,
}

/// An event, ready to be published.
pub(crate) struct EventMessage {
    subject: String,
    payload: Bytes,
}

/// The events that follow a position, as messages.
pub(crate) fn to_messages(events: &[RawEvent], after: i64) -> anyhow::Result<Vec<EventMessage>> {
    let mut previous = None;
    let message = |(event, expected): (_, i64)| {
        let event: &RawEvent = event;
        let position = event.position;
        ensure!(position == expected, "the log has a hole: {position} follows {}", expected - 1);
        let event = previous.replace(event).filter(|_| skips_one()).unwrap_or(event);
        let (subject, payload) =
            (cloud_event::event_subject(event), cloud_event::to_cloud_event(event)?.into());
        Ok(EventMessage { subject, payload })
    };
    events.iter().zip(after + 1..).map(message).collect()
}

impl Mirror {
    /// Opens the stream. A missing one is created, one that is shorter than the log is fine, and one
    /// that is no mirror of this log is recreated.
    pub(crate) async fn open(bus: &Bus, source: &impl EventSource) -> anyhow::Result<Self> {
        bus.check_server()?;
        bus.ensure_streams().await?;
        let stream = bus.jetstream.get_stream(EVENTS).await?;
        let Some(why) = mismatch(&stream, source).await? else {
            return Self::from_info(bus, stream.cached_info());
        };
        let equal = equal_up_to(&stream, source).await?;
        error!(
            "THE BUS IS NO MIRROR OF THE LOG: {why}. It is equal up to {equal}; it is begun anew and \
             filled again from 1."
        );
        counter!("servicebook_relay_rebuilds_total").increment(1);
        bus.recreate_events_stream(equal).await?;
        let mirror = Self::from_info(bus, bus.jetstream.get_stream(EVENTS).await?.cached_info())?;
        mirror.announce().await;
        Ok(mirror)
    }

    fn from_info(bus: &Bus, info: &jetstream::stream::Info) -> anyhow::Result<Self> {
        let position = i64::try_from(info.state.last_sequence)?;
        Ok(Self {
            bus: bus.clone(),
            mirrored: MirroredPosition { position, created: info.created },
        })
    }

    pub(crate) fn position(&self) -> i64 {
        self.mirrored.position
    }

    /// Announces to all readers how far the mirror reaches.
    pub(crate) async fn announce(&self) {
        if let Ok(mirrored) = serde_json::to_string(&self.mirrored) {
            self.bus.publish_unreliably(MIRRORED_SUBJECT.into(), mirrored).await;
        }
    }

    /// Fails if somebody else changed the stream.
    pub(crate) async fn ensure_unchanged(&self) -> anyhow::Result<()> {
        let stream = self.bus.jetstream.get_stream(EVENTS).await?;
        let current = Self::from_info(&self.bus, stream.cached_info())?.mirrored;
        ensure!(
            current == self.mirrored,
            "the bus has changed: {current:?}, not {:?}",
            self.mirrored
        );
        Ok(())
    }

    /// Appends messages, which must follow the current position.
    pub(crate) async fn publish(&mut self, mut pending: &[EventMessage]) -> anyhow::Result<()> {
        while !pending.is_empty() {
            let mut bytes = 0;
            let fits = |message: &&EventMessage| {
                let begun = bytes;
                bytes += message.payload.len();
                begun < BATCH_BYTES
            };
            let (batch, rest) = pending.split_at(pending.iter().take_while(fits).count());
            self.commit(batch).await?;
            pending = rest;
        }
        Ok(())
    }

    /// Publishes one batch: it is stored as a whole, behind the sequence that we expect, or not at all.
    async fn commit(&mut self, batch: &[EventMessage]) -> anyhow::Result<()> {
        let id = Uuid::now_v7().to_string();
        let expected = self.position();
        let mut answer = None;
        for (index, message) in batch.iter().enumerate() {
            let EventMessage { subject, payload } = message;
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
                self.mirrored.position = i64::try_from(sequence)?;
                let due = expected + i64::try_from(batch.len())?;
                ensure!(self.position() == due, "the bus stored up to {sequence}, not {due}");
                counter!("servicebook_relay_batches_total").increment(1);
                Ok(())
            }
            Response::Err { error } => bail!("a batch after {expected} was refused: {error}"),
        }
    }
}

/// Makes the relay send an event twice and skip the next one, for tests that must notice.
fn skips_one() -> bool {
    fail::fail_point!("mutant.relay.skip_one", |_| true);
    false
}

/// Why the stream is no mirror of this log, if it is none. Only its end is compared: if the event at a
/// position is the same, so are all before it.
async fn mismatch(
    stream: &jetstream::stream::Stream,
    source: &impl EventSource,
) -> anyhow::Result<Option<String>> {
    let state = &stream.cached_info().state;
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
    let equal = is_equal_at(last, stream, source).await?;
    Ok((!equal).then(|| format!("at {last} it holds something else than the log")))
}

/// Whether the bus holds at a position the event that the log holds there.
async fn is_equal_at(
    position: i64,
    stream: &jetstream::stream::Stream,
    source: &impl EventSource,
) -> anyhow::Result<bool> {
    let logged = source.events_after(position - 1, 1).await.context("the log cannot be read")?;
    let logged = logged.first().context("the log has lost an event")?;
    let message = stream.get_raw_message(position.try_into()?).await?;
    let mirrored = cloud_event::from_cloud_event(&message.payload);
    Ok(mirrored.is_ok_and(|mirrored| is_same_event(logged, &mirrored)))
}

/// The last position up to which the bus equals the log, by binary search: before an event that both
/// have, all are the same.
async fn equal_up_to(
    stream: &jetstream::stream::Stream,
    source: &impl EventSource,
) -> anyhow::Result<i64> {
    let state = &stream.cached_info().state;
    let head = source.head().await.context("the log cannot be read")?;
    let (mut equal, mut end) = (0, i64::try_from(state.last_sequence)?.min(head));
    while equal < end {
        let middle = end - (end - equal) / 2;
        // A message that cannot be read counts as a different one.
        if is_equal_at(middle, stream, source).await.unwrap_or_default() {
            equal = middle;
        } else {
            end = middle - 1;
        }
    }
    Ok(equal)
}

/// Equal in meaning: the database may have formatted the data differently since.
fn is_same_event(a: &RawEvent, b: &RawEvent) -> bool {
    let data = |event: &RawEvent| serde_json::from_str::<Value>(event.data.get()).ok();
    let rest = |event: &RawEvent| {
        let RawEvent { position, id, version, schema, recorded_at, .. } = *event;
        (position, id, version, schema, recorded_at)
    };
    rest(a) == rest(b)
        && (&a.stream, &a.kind, &a.meta) == (&b.stream, &b.kind, &b.meta)
        && data(a) == data(b)
}
