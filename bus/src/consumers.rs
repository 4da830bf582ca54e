//! Those outside who read the events by a consumer, which keeps their place: also when the stream is
//! begun anew.
//!
//! A server gives out every sequence once, so what stands where it should not cannot be taken back:
//! only a new stream can hold another event there. Consumers are part of a stream; they are made
//! again as they were, each behind the last event that it had dealt with.

use anyhow::Context;
use async_nats::jetstream::{
    ErrorCode,
    consumer::{AckPolicy, pull},
    response::Response,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tracing::warn;

use crate::{
    Bus,
    streams::{EVENTS, is_missing},
};

/// A consumer as the server describes it. Its settings are kept as they came: they may be of a later
/// version than we know.
#[derive(Debug, Clone, Deserialize)]
struct Consumer {
    name: String,
    config: Value,
    ack_floor: Floor,
}

/// The last message up to which all are dealt with.
#[derive(Debug, Clone, Deserialize)]
struct Floor {
    stream_seq: i64,
}

#[derive(Deserialize)]
struct Page {
    total: usize,
    consumers: Vec<Consumer>,
}

impl Bus {
    /// Replaces the stream by an empty one. Of what comes onto it, consumers that outlive their
    /// connections get what they had not dealt with, and all after `equal`: up to there, it is
    /// what was there before.
    pub(crate) async fn begin_anew(&self, equal: i64) -> anyhow::Result<()> {
        // One that is lost altogether has no consumers, and need not be deleted.
        let consumers =
            if self.jetstream.get_stream(EVENTS).await.is_err_and(|why| is_missing(&why)) {
                Vec::new()
            } else {
                let consumers = self.consumers().await.context("the consumers of EVENTS")?;
                self.jetstream
                    .delete_stream(EVENTS)
                    .await
                    .context("the stream cannot be deleted")?;
                consumers
            };
        self.ensure_events().await?;
        for consumer in consumers {
            let name = consumer.name.clone();
            if let Err(why) = self.restore(consumer, equal).await {
                warn!(name, "a consumer of EVENTS is lost: {why:#}");
            }
        }
        Ok(())
    }

    /// Makes the consumer of a subscriber, from the first event on; one that is there stays as it is.
    pub async fn add_subscriber(&self, name: &str) -> anyhow::Result<()> {
        self.ensure_events().await?;
        let config = pull::Config {
            durable_name: Some(name.to_owned()),
            description: Some("A subscriber outside".into()),
            ack_policy: AckPolicy::Explicit,
            ..Default::default()
        };
        let events = self.jetstream.get_stream(EVENTS).await?;
        let made = events.get_or_create_consumer(name, config).await;
        made.map(drop).with_context(|| format!("the consumer {name} cannot be made"))
    }

    /// Removes it; one that is not there is as good.
    pub async fn remove_subscriber(&self, name: &str) -> anyhow::Result<()> {
        let subject = format!("CONSUMER.DELETE.{EVENTS}.{name}");
        let answer: Response<Value> = self.jetstream.request(subject, &json!({})).await?;
        match answer {
            Response::Err { error } if error.error_code() != ErrorCode::CONSUMER_NOT_FOUND => {
                Err(error).with_context(|| format!("the consumer {name} cannot be removed"))
            }
            _ => Ok(()),
        }
    }

    async fn consumers(&self) -> anyhow::Result<Vec<Consumer>> {
        let mut all = Vec::new();
        loop {
            let from = json!({ "offset": all.len() });
            let answer = self.jetstream.request(format!("CONSUMER.LIST.{EVENTS}"), &from).await?;
            let page: Page = succeeded(answer)?;
            let last = page.consumers.is_empty();
            all.extend(page.consumers);
            if last || all.len() >= page.total {
                break;
            }
        }
        all.retain(|consumer| consumer.config.get("durable_name").is_some());
        Ok(all)
    }

    async fn restore(&self, consumer: Consumer, equal: i64) -> anyhow::Result<()> {
        let Consumer { name, mut config, ack_floor } = consumer;
        let next = ack_floor.stream_seq.min(equal) + 1;
        let resets = self.client.is_server_compatible(2, 14, 0);
        if !resets {
            config["deliver_policy"] = "by_start_sequence".into();
            config["opt_start_seq"] = next.into();
        }
        let create = json!({ "stream_name": EVENTS, "config": config, "action": "create" });
        let subject = format!("CONSUMER.CREATE.{EVENTS}.{name}");
        let _: Value = succeeded(self.jetstream.request(subject, &create).await?)?;
        if resets {
            let subject = format!("CONSUMER.RESET.{EVENTS}.{name}");
            let _: Value =
                succeeded(self.jetstream.request(subject, &json!({ "seq": next })).await?)?;
        }
        Ok(())
    }
}

fn succeeded<T>(answer: Response<T>) -> anyhow::Result<T> {
    match answer {
        Response::Ok(answer) => Ok(answer),
        Response::Err { error } => Err(error.into()),
    }
}
