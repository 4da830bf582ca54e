//! What comes in from outside: it waits on disk until a worker says that it is done.

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
    streams::{INGEST, is_missing},
};

/// The channel of the purchase systems: `ingest.purchases.<source>`.
pub const PURCHASES: &str = "purchases";

/// Nobody who takes a message may keep it longer than this without a word.
const ACK_WAIT: Duration = Duration::from_mins(1);

/// As many messages may be in the hands of all workers together…
const IN_FLIGHT: i64 = 256;

/// …and as many in those of one.
const IN_HAND: usize = 64;

/// Before the inbox is opened again when it could not be read.
const PAUSE: Duration = Duration::from_millis(500);

impl Bus {
    /// Puts a message into the inbox; when this returns it is on the disk. What was sent before
    /// comes through again: only the business can know it.
    pub async fn ingest(&self, channel: &str, source: &str, message: Bytes) -> anyhow::Result<()> {
        let harmless = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if source.is_empty() || !source.chars().all(harmless) {
            bail!("{source:?} cannot name a source: only letters, digits, - and _ can");
        }
        let subject = format!("ingest.{channel}.{source}");
        let store = async || self.jetstream.publish(subject.clone(), message.clone()).await?.await;
        let stored = match store().await {
            Err(why) if why.kind() == PublishErrorKind::StreamNotFound => {
                self.ensure_inbox().await?;
                store().await
            }
            stored => stored,
        };
        stored.context("the inbox does not accept the message")?;
        Ok(())
    }

    /// Takes messages out of a channel of the inbox. All workers share them.
    pub fn inbox(&self, channel: &str) -> Inbox {
        Inbox { bus: self.clone(), channel: channel.to_owned(), messages: None }
    }
}

/// A worker's hand in the inbox.
pub struct Inbox {
    bus: Bus,
    channel: String,
    messages: Option<pull::Stream>,
}

impl Inbox {
    /// The next message, whenever it comes. What fails on the way there is tried again; dropping
    /// the future loses nothing.
    pub async fn next(&mut self) -> Delivery {
        loop {
            let Some(messages) = &mut self.messages else {
                match self.open().await {
                    Ok(messages) => self.messages = Some(messages),
                    Err(error) => {
                        warn!(channel = self.channel, "the inbox cannot be opened: {error:#}");
                        sleep(PAUSE).await;
                    }
                }
                continue;
            };
            match messages.next().await {
                Some(Ok(message)) => return Delivery(message),
                Some(Err(error)) => {
                    warn!(channel = self.channel, "the inbox is read again: {error}");
                }
                None => warn!(channel = self.channel, "the inbox is read again"),
            }
            self.messages = None;
            sleep(PAUSE).await;
        }
    }

    async fn open(&self) -> anyhow::Result<pull::Stream> {
        if self.bus.jetstream.get_stream(INGEST).await.is_err_and(|why| is_missing(&why)) {
            self.bus.ensure_inbox().await?;
        }
        let name = format!("servicebook-{}", self.channel);
        let config = pull::Config {
            durable_name: Some(name.clone()),
            description: Some("Turns what comes in into commands".into()),
            filter_subject: format!("ingest.{}.*", self.channel),
            ack_policy: AckPolicy::Explicit,
            ack_wait: ACK_WAIT,
            max_ack_pending: IN_FLIGHT,
            max_deliver: -1,
            ..Default::default()
        };
        let inbox = self.bus.jetstream.get_stream(INGEST).await?;
        let consumer = inbox.get_or_create_consumer(&name, config).await?;
        Ok(consumer
            .stream()
            .max_messages_per_batch(IN_HAND)
            .expires(Duration::from_secs(30))
            .heartbeat(Duration::from_secs(2))
            .messages()
            .await?)
    }
}

/// A message out of the inbox. It comes again if nothing is said about it for a minute, or if the
/// worker dies: what is done about it must be harmless when done twice.
#[derive(Debug)]
pub struct Delivery(Message);

impl Delivery {
    /// What was sent.
    pub fn message(&self) -> &Bytes {
        &self.0.payload
    }

    /// Who sent it: the last word of the subject.
    pub fn source(&self) -> &str {
        self.0.subject.rsplit('.').next().unwrap_or_default()
    }

    /// How often it has been delivered, this time included, and when it first arrived.
    pub fn history(&self) -> anyhow::Result<(i64, DateTime<Utc>)> {
        let info = self.0.info().map_err(anyhow::Error::from_boxed)?;
        Ok((info.delivered, info.published))
    }

    /// It is dealt with (whatever that led to) and never comes again.
    pub async fn done(self) -> anyhow::Result<()> {
        self.0.ack().await.map_err(anyhow::Error::from_boxed)
    }

    /// It could not be dealt with now and shall come again after a while.
    pub async fn later(self, after: Duration) -> anyhow::Result<()> {
        self.0.ack_with(AckKind::Nak(Some(after))).await.map_err(anyhow::Error::from_boxed)
    }
}
