//! The inbox: messages from external systems wait on disk until a worker acknowledges them.

use std::time::Duration;

use anyhow::{Context, bail};
use async_nats::jetstream::{
    AckKind, Message,
    consumer::{AckPolicy, pull},
    context::PublishErrorKind,
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::StreamExt;
use tokio::time::sleep;
use tracing::warn;

use crate::{
    Bus,
    access::is_subject_token,
    streams::{INGEST, is_stream_missing},
};

/// A message that is not acknowledged in this time is delivered again.
const ACK_WAIT: Duration = Duration::from_mins(1);

/// The most unacknowledged messages of all workers together…
const MAX_UNACKNOWLEDGED: i64 = 256;

/// …and the most that one worker fetches at once.
const MAX_FETCHED: usize = 64;

/// The pause before the inbox is opened again when it could not be read.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

impl Bus {
    /// Puts a message into the inbox; when this returns it is on the disk. A message that was sent
    /// before is accepted again: duplicates are found by the domain.
    pub async fn publish_to_ingest(
        &self,
        channel: &str,
        source: &str,
        message: Bytes,
    ) -> anyhow::Result<()> {
        if !is_subject_token(source) {
            bail!("{source:?} cannot name a source: only letters, digits, - and _ can");
        }
        let subject = format!("ingest.{channel}.{source}");
        let store = async || self.jetstream.publish(subject.clone(), message.clone()).await?.await;
        let stored = match store().await {
            Err(why) if why.kind() == PublishErrorKind::StreamNotFound => {
                self.ensure_ingest_stream().await?;
                store().await
            }
            stored => stored,
        };
        stored.context("the inbox does not accept the message")?;
        Ok(())
    }

    /// Reads a channel of the inbox. All workers share its messages.
    pub fn ingest_consumer(&self, channel: &str) -> IngestConsumer {
        IngestConsumer { bus: self.clone(), channel: channel.to_owned(), messages: None }
    }
}

/// A reader of one channel of the inbox.
pub struct IngestConsumer {
    bus: Bus,
    channel: String,
    messages: Option<pull::Stream>,
}

impl IngestConsumer {
    /// Waits for the next message. Failures are retried; dropping the future loses nothing.
    pub async fn next(&mut self) -> IngestMessage {
        loop {
            let Some(messages) = &mut self.messages else {
                match self.open().await {
                    Ok(messages) => self.messages = Some(messages),
                    Err(error) => {
                        warn!(channel = self.channel, "the inbox cannot be opened: {error:#}");
                        sleep(RETRY_PAUSE).await;
                    }
                }
                continue;
            };
            match messages.next().await {
                Some(Ok(message)) => return IngestMessage(message),
                Some(Err(error)) => {
                    warn!(channel = self.channel, "the inbox is read again: {error}");
                }
                None => warn!(channel = self.channel, "the inbox is read again"),
            }
            self.messages = None;
            sleep(RETRY_PAUSE).await;
        }
    }

    async fn open(&self) -> anyhow::Result<pull::Stream> {
        if self.bus.jetstream.get_stream(INGEST).await.is_err_and(|why| is_stream_missing(&why)) {
            self.bus.ensure_ingest_stream().await?;
        }
        let name = format!("servicebook-{}", self.channel);
        let config = pull::Config {
            durable_name: Some(name.clone()),
            description: Some("Turns what comes in into commands".into()),
            filter_subject: format!("ingest.{}.*", self.channel),
            ack_policy: AckPolicy::Explicit,
            ack_wait: ACK_WAIT,
            max_ack_pending: MAX_UNACKNOWLEDGED,
            max_deliver: -1,
            ..Default::default()
        };
        let inbox = self.bus.jetstream.get_stream(INGEST).await?;
        let consumer = inbox.get_or_create_consumer(&name, config).await?;
        Ok(consumer
            .stream()
            .max_messages_per_batch(MAX_FETCHED)
            .expires(Duration::from_secs(30))
            .heartbeat(Duration::from_secs(2))
            .messages()
            .await?)
    }
}

/// A message of the inbox. It is delivered again if it is not acknowledged for a minute, or if the
/// worker dies, so handling it must be idempotent.
#[derive(Debug)]
pub struct IngestMessage(Message);

impl IngestMessage {
    /// What was sent.
    pub fn payload(&self) -> &Bytes {
        &self.0.payload
    }

    /// The sender: the last token of the subject.
    pub fn source(&self) -> &str {
        self.0.subject.rsplit('.').next().unwrap_or_default()
    }

    /// How often it has been delivered, this time included, and when it first arrived.
    pub fn delivery_info(&self) -> anyhow::Result<(i64, DateTime<Utc>)> {
        let info = self.0.info().map_err(anyhow::Error::from_boxed)?;
        Ok((info.delivered, info.published))
    }

    /// Acknowledges the message: it never comes again.
    pub async fn ack(self) -> anyhow::Result<()> {
        self.0.ack().await.map_err(anyhow::Error::from_boxed)
    }

    /// Asks for the message again after a while.
    pub async fn retry_after(self, after: Duration) -> anyhow::Result<()> {
        self.0.ack_with(AckKind::Nak(Some(after))).await.map_err(anyhow::Error::from_boxed)
    }
}
