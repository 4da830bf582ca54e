//! The streams, and reading a page of one.

use std::time::Duration;

use anyhow::Context;
use async_nats::{
    client::Request,
    header::NATS_SEQUENCE,
    jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType},
};
use domain::Raw;
use futures::StreamExt;
use serde_json::json;
use tokio::time::timeout;

use crate::{Bus, Lapse, connect::PATIENCE, envelope, segments::SEGMENTS};

/// Every event of the log, for ever.
pub(crate) const EVENTS: &str = "EVENTS";

/// What came from outside and is not dealt with yet.
pub(crate) const INGEST: &str = "INGEST";

/// What may wait in the inbox, in bytes. More is refused, never dropped.
const INBOX_BYTES: i64 = 256 * 1024 * 1024;

/// The largest message that may come in, in bytes: whatever becomes of it, sealed and in base 64,
/// must fit into one event.
const INBOX_MESSAGE: i32 = 512 * 1024;

/// For how long the inbox knows a message again that is published twice.
const INBOX_MEMORY: Duration = Duration::from_mins(2);

/// The server ends a page here, so that no page needs more memory than this.
const PAGE_BYTES: usize = 8 * 1024 * 1024;

impl Bus {
    /// Creates the streams where they are missing and brings their settings up to date.
    pub(crate) async fn ensure_streams(&self) -> anyhow::Result<()> {
        for config in [self.events_stream(), self.ingest_stream(), self.segments_stream()] {
            let name = config.name.clone();
            self.jetstream
                .create_or_update_stream(config)
                .await
                .with_context(|| format!("the stream {name} cannot be set up"))?;
        }
        Ok(())
    }

    /// How far the mirror reaches: the position of the newest event on the bus.
    pub async fn position(&self) -> anyhow::Result<i64> {
        let stream = self.jetstream.get_stream(EVENTS).await.context("the bus does not answer")?;
        Ok(stream.cached_info().state.last_sequence.try_into()?)
    }

    /// How many messages in the inbox are not dealt with yet.
    pub async fn waiting(&self) -> anyhow::Result<u64> {
        let stream = self.jetstream.get_stream(INGEST).await.context("the bus does not answer")?;
        Ok(stream.cached_info().state.messages)
    }

    /// Throws the mirror away, and the proofs of segments. The relay notices, and fills them again
    /// from the log.
    pub async fn discard(&self) -> anyhow::Result<()> {
        for name in [EVENTS, SEGMENTS] {
            self.jetstream.delete_stream(name).await.context("the stream cannot be deleted")?;
        }
        self.ensure_streams().await
    }

    /// No single message can be removed, and no limit removes one. (Deleting the whole stream
    /// stays possible: that is how the relay begins again.)
    fn events_stream(&self) -> Config {
        Config {
            name: EVENTS.into(),
            description: Some("Everything that happened: sequence n is position n".into()),
            subjects: vec!["events.>".into()],
            storage: StorageType::File,
            num_replicas: self.replicas,
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

    fn ingest_stream(&self) -> Config {
        Config {
            name: INGEST.into(),
            description: Some("What other systems send, until it is dealt with".into()),
            subjects: vec!["ingest.>".into()],
            storage: StorageType::File,
            num_replicas: self.replicas,
            retention: RetentionPolicy::WorkQueue,
            discard: DiscardPolicy::New,
            duplicate_window: INBOX_MEMORY,
            max_messages: -1,
            max_bytes: INBOX_BYTES,
            max_message_size: INBOX_MESSAGE,
            max_messages_per_subject: -1,
            max_consumers: -1,
            ..Default::default()
        }
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
