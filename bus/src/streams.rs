//! The streams, and reading a page of one.

use std::time::Duration;

use anyhow::Context;
use async_nats::{
    client::Request,
    header::NATS_SEQUENCE,
    jetstream::{
        ErrorCode,
        context::{CreateStreamErrorKind, GetStreamError, GetStreamErrorKind},
        stream::{Config, DiscardPolicy, RetentionPolicy, StorageType},
    },
};
use domain::Raw;
use futures::StreamExt;
use serde_json::json;
use tokio::time::timeout;
use tracing::warn;

use crate::{
    Bus, Lapse, PURCHASES,
    connect::PATIENCE,
    envelope,
    segments::{SEGMENTS, segments_stream},
};

/// Every event of the log, for ever.
pub(crate) const EVENTS: &str = "EVENTS";

/// What came from outside and is not dealt with yet.
pub(crate) const INGEST: &str = "INGEST";

/// On so many servers each stream is kept, if there are so many: one may be lost.
const REPLICAS: usize = 3;

/// What may wait in the inbox, in bytes: the most for which the server has room, since it reserves it.
/// More is refused, never dropped.
const INBOX_BYTES: [i64; 3] = [256 * 1024 * 1024, 64 * 1024 * 1024, 16 * 1024 * 1024];

/// The largest message that may come in, in bytes: whatever becomes of it, sealed and in base 64,
/// must fit into one event.
const INBOX_MESSAGE: i32 = 512 * 1024;

/// For how long the inbox takes a message for one that it has, by the id that its sender gave it: the
/// shortest time that there is, since the ids of all senders count together, and one could have the
/// message of another taken for known. The business knows what comes twice.
const INBOX_MEMORY: Duration = Duration::from_millis(100);

/// The server ends a page here, so that no page needs more memory than this.
const PAGE_BYTES: usize = 8 * 1024 * 1024;

impl Bus {
    /// Sets up all streams. What others need of the bus does not keep events from it.
    pub(crate) async fn ensure_streams(&self) -> anyhow::Result<()> {
        self.ensure_events().await?;
        for other in [self.ensure_inbox().await, self.ensure_segments().await] {
            if let Err(why) = other {
                warn!("{why:#}");
            }
        }
        Ok(())
    }

    /// Creates the stream of events where it is missing, brings its settings up to date, and puts it
    /// on as many servers as it should be on.
    pub(crate) async fn ensure_events(&self) -> anyhow::Result<()> {
        let replicas = self.replicas_of(EVENTS).await?;
        self.set_up(EVENTS, replicas.into_iter().map(events_stream)).await
    }

    /// The same for the inbox. Where the server has little room, it takes in less.
    pub(crate) async fn ensure_inbox(&self) -> anyhow::Result<()> {
        let replicas = self.replicas_of(INGEST).await?;
        let sizes = |replicas| INBOX_BYTES.map(|bytes| ingest_stream(replicas, bytes));
        self.set_up(INGEST, replicas.into_iter().flat_map(sizes)).await
    }

    /// The same for the proofs of segments.
    pub(crate) async fn ensure_segments(&self) -> anyhow::Result<()> {
        let replicas = self.replicas_of(SEGMENTS).await?;
        self.set_up(SEGMENTS, replicas.into_iter().map(segments_stream)).await
    }

    /// On how many servers a stream should be, the best first: never on fewer than it is, unless
    /// that is set.
    async fn replicas_of(&self, name: &str) -> anyhow::Result<Vec<usize>> {
        if let Some(set) = self.replicas {
            return Ok(vec![set]);
        }
        let now = match self.jetstream.get_stream(name).await {
            Ok(stream) => stream.cached_info().config.num_replicas.max(1),
            Err(why) if is_missing(&why) => 1,
            Err(why) => return Err(why).with_context(|| format!("the stream {name}")),
        };
        let mut replicas = vec![now.max(REPLICAS), now];
        replicas.dedup();
        Ok(replicas)
    }

    /// Sets up a stream by the first settings for which the server has the means.
    async fn set_up(
        &self,
        name: &str,
        settings: impl Iterator<Item = Config>,
    ) -> anyhow::Result<()> {
        let mut refusal = None;
        for config in settings {
            match self.jetstream.create_or_update_stream(config).await {
                Ok(_) => return Ok(()),
                Err(why) => {
                    let goes_on = is_shortage(why.kind());
                    refusal = Some(why);
                    if !goes_on {
                        break;
                    }
                }
            }
        }
        refusal.map_or(Ok(()), Err).with_context(|| format!("the stream {name} cannot be set up"))
    }

    /// How far the mirror reaches: the position of the newest event on the bus.
    pub async fn position(&self) -> anyhow::Result<i64> {
        let stream = self.jetstream.get_stream(EVENTS).await;
        let stream = stream.context("the stream EVENTS does not answer")?;
        Ok(stream.cached_info().state.last_sequence.try_into()?)
    }

    /// How many messages in the inbox are not dealt with yet.
    pub async fn waiting(&self) -> anyhow::Result<u64> {
        let stream = self.jetstream.get_stream(INGEST).await;
        let stream = stream.context("the stream INGEST does not answer")?;
        Ok(stream.cached_info().state.messages)
    }

    /// Throws the mirror away, and the proofs of segments. The relay notices, and fills them again
    /// from the log.
    pub async fn discard(&self) -> anyhow::Result<()> {
        self.begin_anew(i64::MAX).await?;
        // It may be missing, but not when it is deleted.
        self.ensure_segments().await?;
        let deleted = self.jetstream.delete_stream(SEGMENTS).await;
        deleted.context("the stream SEGMENTS cannot be deleted")?;
        self.ensure_segments().await
    }

    /// The events after a position that lie on the bus, at most `limit`, exactly in order.
    ///
    /// One request, many answers; nothing about the reader is kept on the server.
    pub(crate) async fn read(&self, after: i64, limit: usize) -> Result<Vec<Raw>, Lapse> {
        let inbox = self.client.new_inbox();
        let mut answers = self.client.subscribe(inbox.clone()).await.map_err(Lapse::unreachable)?;
        let page = json!({ "seq": after + 1, "batch": limit, "max_bytes": PAGE_BYTES });
        let request = Request::new().inbox(inbox).payload(page.to_string().into());
        let subject = format!("DIRECT.GET.{EVENTS}");
        self.jetstream.send_request(subject, request).await.map_err(Lapse::unreachable)?;

        let mut events = Vec::new();
        loop {
            let answer = timeout(PATIENCE, answers.next()).await.map_err(Lapse::unreachable)?;
            let answer = answer.ok_or_else(|| Lapse::Unreachable("the connection ended".into()))?;
            match answer.status.map(|status| status.as_u16()) {
                None => {}
                // The end of the page, or nothing there at all.
                Some(204 | 404) => return Ok(events),
                Some(status) => return Err(Lapse::Unreachable(format!("it answers {status}"))),
            }
            let event = envelope::from_json(&answer.payload)?;
            let expected = after + 1 + i64::try_from(events.len()).unwrap_or(i64::MAX);
            let sequence = answer
                .headers
                .as_ref()
                .and_then(|headers| headers.get(NATS_SEQUENCE))
                .and_then(|sequence| sequence.as_str().parse().ok())
                .unwrap_or(event.position);
            for found in [sequence, event.position] {
                if found != expected {
                    return Err(Lapse::Gap { expected, found });
                }
            }
            events.push(event);
        }
    }
}

/// No single message can be removed, and no limit removes one. (Deleting the whole stream stays
/// possible: that is how the relay begins again.)
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

/// Only what somebody will look at comes in. Nobody can remove what waits, but by dealing with it.
fn ingest_stream(replicas: usize, bytes: i64) -> Config {
    Config {
        name: INGEST.into(),
        description: Some("What other systems send, until it is dealt with".into()),
        subjects: vec![format!("ingest.{PURCHASES}.*")],
        storage: StorageType::File,
        num_replicas: replicas,
        retention: RetentionPolicy::WorkQueue,
        discard: DiscardPolicy::New,
        duplicate_window: INBOX_MEMORY,
        max_messages: -1,
        max_bytes: bytes,
        max_message_size: INBOX_MESSAGE,
        max_messages_per_subject: -1,
        max_consumers: -1,
        deny_delete: true,
        deny_purge: true,
        ..Default::default()
    }
}

/// Whether there is no such stream; anything else may be another answer next time.
pub(crate) fn is_missing(why: &GetStreamError) -> bool {
    matches!(why.kind(), GetStreamErrorKind::JetStream(error)
        if error.error_code() == ErrorCode::STREAM_NOT_FOUND)
}

/// Whether the server has not the means for what was asked: servers, or room.
fn is_shortage(why: CreateStreamErrorKind) -> bool {
    const SHORT: [ErrorCode; 5] = [
        ErrorCode::CLUSTER_NO_PEERS,
        ErrorCode::INSUFFICIENT_RESOURCES,
        ErrorCode::STREAM_REPLICAS_NOT_SUPPORTED,
        ErrorCode::STORAGE_RESOURCES_EXCEEDED,
        ErrorCode::ACCOUNT_RESOURCES_EXCEEDED,
    ];
    matches!(why, CreateStreamErrorKind::JetStream(error) if SHORT.contains(&error.error_code()))
}
