//! Publishes the hashes of the log's segments for external systems: message n of the stream `SEGMENTS`
//! is segment n.

use anyhow::{Context, ensure};
use async_nats::jetstream::{
    message::PublishMessage,
    stream::{Config, DiscardPolicy, StorageType},
};

use crate::Bus;

/// The stream of the newest segments.
pub(crate) const SEGMENTS: &str = "SEGMENTS";

/// The subject of segments.
const SUBJECT: &str = "segments";

/// How many segments the stream keeps; older ones are dropped.
const MAX_SEGMENTS: i64 = 100_000;

impl Bus {
    /// The last published segment: its number and its text.
    pub async fn last_segment(&self) -> anyhow::Result<Option<(i64, String)>> {
        let stream =
            self.jetstream.get_stream(SEGMENTS).await.context("the bus does not answer")?;
        let last = stream.cached_info().state.last_sequence;
        if last == 0 {
            return Ok(None);
        }
        let message = stream.get_raw_message(last).await.context("the bus does not answer")?;
        let text = String::from_utf8_lossy(&message.payload).into_owned();
        Ok(Some((i64::try_from(last)?, text)))
    }

    /// Publishes the segment with this number, behind the one before it and nowhere else.
    pub async fn publish_segment(&self, number: i64, text: String) -> anyhow::Result<()> {
        let previous = u64::try_from(number - 1)?;
        let message = PublishMessage::build().payload(text.into()).expected_last_sequence(previous);
        let stored = async { self.jetstream.send_publish(SUBJECT, message).await?.await };
        let stored = stored.await.context("the bus does not take the segment")?;
        ensure!(stored.sequence == previous + 1, "segment {number} became {}", stored.sequence);
        Ok(())
    }
}

/// No segment can be deleted; the oldest are dropped when the stream is full.
pub(crate) fn segments_stream(replicas: usize) -> Config {
    Config {
        name: SEGMENTS.into(),
        description: Some("Hashes that vouch for the log: sequence n is segment n".into()),
        subjects: vec![SUBJECT.into()],
        storage: StorageType::File,
        num_replicas: replicas,
        discard: DiscardPolicy::Old,
        max_messages: MAX_SEGMENTS,
        max_bytes: -1,
        max_messages_per_subject: -1,
        max_consumers: -1,
        deny_delete: true,
        deny_purge: true,
        ..Default::default()
    }
}
