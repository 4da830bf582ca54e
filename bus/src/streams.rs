//! Sets up the streams.

use std::time::Duration;

use anyhow::Context;
use async_nats::jetstream::{
    ErrorCode,
    context::{CreateStreamErrorKind, GetStreamError, GetStreamErrorKind},
    stream::{Config, DiscardPolicy, RetentionPolicy, StorageType},
};
use tracing::warn;

use crate::{
    Bus, PURCHASES_CHANNEL,
    segments::{SEGMENTS, segments_stream},
};

/// The stream of all events of the log.
pub(crate) const EVENTS: &str = "EVENTS";

/// The stream of the inbox.
pub(crate) const INGEST: &str = "INGEST";

/// How many replicas each stream has, if there are so many servers: one may be lost.
const REPLICAS: usize = 3;

/// Sizes of the inbox, in bytes: the largest for which the server has room is used, since it is
/// reserved. When it is full, messages are refused, never dropped.
const INBOX_BYTES: [i64; 3] = [256 * 1024 * 1024, 64 * 1024 * 1024, 16 * 1024 * 1024];

/// The largest message of the inbox, in bytes: sealed and in Base64 it must fit into one event.
pub const MAX_INGEST_MESSAGE_BYTES: i32 = 512 * 1024;

/// How long the server drops messages as duplicates by the id that the sender gave them: the shortest
/// time possible, since ids of all senders count together, and one could suppress the message of
/// another. Duplicates are found by the domain.
const INBOX_MEMORY: Duration = Duration::from_millis(100);

impl Bus {
    /// Sets up all streams. Only a failure of the stream of events is an error: the others must not
    /// hold up events.
    pub(crate) async fn ensure_streams(&self) -> anyhow::Result<()> {
        self.ensure_events_stream().await?;
        for other in [self.ensure_ingest_stream().await, self.ensure_segments_stream().await] {
            if let Err(why) = other {
                warn!("{why:#}");
            }
        }
        Ok(())
    }

    /// Creates the stream of events if it is missing, and brings its settings and replicas up to date.
    pub(crate) async fn ensure_events_stream(&self) -> anyhow::Result<()> {
        let replicas = self.replica_choices(EVENTS).await?;
        self.create_or_update(EVENTS, replicas.into_iter().map(events_stream)).await
    }

    /// The same for the inbox, which is smaller if the server has little room.
    pub(crate) async fn ensure_ingest_stream(&self) -> anyhow::Result<()> {
        let replicas = self.replica_choices(INGEST).await?;
        let sizes = |replicas| INBOX_BYTES.map(|bytes| ingest_stream(replicas, bytes));
        self.create_or_update(INGEST, replicas.into_iter().flat_map(sizes)).await
    }

    /// The same for the stream of segments.
    pub(crate) async fn ensure_segments_stream(&self) -> anyhow::Result<()> {
        let replicas = self.replica_choices(SEGMENTS).await?;
        self.create_or_update(SEGMENTS, replicas.into_iter().map(segments_stream)).await
    }

    /// How many replicas a stream should have, the best first: never fewer than it has, unless that is
    /// configured.
    async fn replica_choices(&self, name: &str) -> anyhow::Result<Vec<usize>> {
        if let Some(configured) = self.replicas {
            return Ok(vec![configured]);
        }
        let current = match self.jetstream.get_stream(name).await {
            Ok(stream) => stream.cached_info().config.num_replicas.max(1),
            Err(why) if is_stream_missing(&why) => 1,
            Err(why) => return Err(why).with_context(|| format!("the stream {name}")),
        };
        let mut replicas = vec![current.max(REPLICAS), current];
        replicas.dedup();
        Ok(replicas)
    }

    /// Creates or updates a stream by the first settings for which the server has the resources.
    async fn create_or_update(
        &self,
        name: &str,
        settings: impl Iterator<Item = Config>,
    ) -> anyhow::Result<()> {
        let mut refusal = None;
        for config in settings {
            match self.jetstream.create_or_update_stream(config).await {
                Ok(_) => return Ok(()),
                Err(why) => {
                    let try_next = is_out_of_resources(why.kind());
                    refusal = Some(why);
                    if !try_next {
                        break;
                    }
                }
            }
        }
        refusal.map_or(Ok(()), Err).with_context(|| format!("the stream {name} cannot be set up"))
    }

    /// The position of the newest event on the bus.
    pub async fn mirrored_position(&self) -> anyhow::Result<i64> {
        let stream = self.jetstream.get_stream(EVENTS).await;
        let stream = stream.context("the stream EVENTS does not answer")?;
        Ok(stream.cached_info().state.last_sequence.try_into()?)
    }

    /// How many messages of the inbox are not acknowledged yet.
    pub async fn ingest_backlog(&self) -> anyhow::Result<u64> {
        let stream = self.jetstream.get_stream(INGEST).await;
        let stream = stream.context("the stream INGEST does not answer")?;
        Ok(stream.cached_info().state.messages)
    }

    /// Empties the streams of events and segments. The relay notices, and fills them again from the
    /// log.
    pub async fn recreate_events_and_segments_streams(&self) -> anyhow::Result<()> {
        self.recreate_events_stream(i64::MAX).await?;
        // Deleting a missing stream would fail.
        self.ensure_segments_stream().await?;
        let deleted = self.jetstream.delete_stream(SEGMENTS).await;
        deleted.context("the stream SEGMENTS cannot be deleted")?;
        self.ensure_segments_stream().await
    }
}

/// No single message can be deleted, and no limit drops one. (The whole stream can be deleted: that is
/// how the relay recreates it.)
fn events_stream(replicas: usize) -> Config {
    Config {
        name: EVENTS.into(),
        description: Some("Everything that happened: sequence n is position n".into()),
        subjects: vec!["events.>".into()],
        storage: StorageType::File,
        num_replicas: replicas,
        max_messages: -1,
        max_bytes: -1,
        max_messages_per_subject: -1,
        max_consumers: -1,
        allow_atomic_publish: true,
        allow_direct: true,
        deny_delete: true,
        deny_purge: true,
        ..Default::default()
    }
}

/// Only subjects that a worker reads are accepted. A message is removed only by acknowledging it.
fn ingest_stream(replicas: usize, bytes: i64) -> Config {
    Config {
        name: INGEST.into(),
        description: Some("What other systems send, until it is dealt with".into()),
        subjects: vec![format!("ingest.{PURCHASES_CHANNEL}.*")],
        storage: StorageType::File,
        num_replicas: replicas,
        retention: RetentionPolicy::WorkQueue,
        discard: DiscardPolicy::New,
        duplicate_window: INBOX_MEMORY,
        max_messages: -1,
        max_bytes: bytes,
        max_message_size: MAX_INGEST_MESSAGE_BYTES,
        max_messages_per_subject: -1,
        max_consumers: -1,
        deny_delete: true,
        deny_purge: true,
        ..Default::default()
    }
}

/// Whether there is no such stream; other errors may pass.
pub(crate) fn is_stream_missing(why: &GetStreamError) -> bool {
    matches!(why.kind(), GetStreamErrorKind::JetStream(error)
        if error.error_code() == ErrorCode::STREAM_NOT_FOUND)
}

/// Whether the server lacks the resources for a stream: servers, or room.
fn is_out_of_resources(why: CreateStreamErrorKind) -> bool {
    const CODES: [ErrorCode; 5] = [
        ErrorCode::CLUSTER_NO_PEERS,
        ErrorCode::INSUFFICIENT_RESOURCES,
        ErrorCode::STREAM_REPLICAS_NOT_SUPPORTED,
        ErrorCode::STORAGE_RESOURCES_EXCEEDED,
        ErrorCode::ACCOUNT_RESOURCES_EXCEEDED,
    ];
    matches!(why, CreateStreamErrorKind::JetStream(error) if CODES.contains(&error.error_code()))
}
