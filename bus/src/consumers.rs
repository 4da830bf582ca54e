//! Consumers of external subscribers, which keep their position even when the stream is recreated.
//!
//! A server uses every sequence number once, so a wrong message cannot be replaced: only a new stream
//! can hold another event at that sequence. Consumers belong to a stream; they are recreated as they
//! were, each behind the last event that it had acknowledged.

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
    streams::{EVENTS, is_stream_missing},
};

/// A consumer as the server describes it. Its settings are kept as JSON: the server may be newer than
/// our client.
#[derive(Debug, Clone, Deserialize)]
struct Consumer {
    name: String,
    config: Value,
    ack_floor: AckFloor,
}

/// The last message up to which all are acknowledged.
#[derive(Debug, Clone, Deserialize)]
struct AckFloor {
    stream_seq: i64,
}

#[derive(Deserialize)]
struct Page {
    total: usize,
    consumers: Vec<Consumer>,
}

impl Bus {
    /// Replaces the stream by an empty one. Durable consumers will get the events that they had not
    /// acknowledged, and all after `mirrored_up_to`, the position up to which the old stream was right.
    pub(crate) async fn recreate_events_stream(&self, mirrored_up_to: i64) -> anyhow::Result<()> {
        // A stream that is lost has no consumers, and need not be deleted.
        let consumers =
            if self.jetstream.get_stream(EVENTS).await.is_err_and(|why| is_stream_missing(&why)) {
                Vec::new()
            } else {
                let consumers = self.consumers().await.context("the consumers of EVENTS")?;
                self.jetstream
                    .delete_stream(EVENTS)
                    .await
                    .context("the stream cannot be deleted")?;
                consumers
            };
        self.ensure_events_stream().await?;
        for consumer in consumers {
            let name = consumer.name.clone();
            if let Err(why) = self.restore(consumer, mirrored_up_to).await {
                warn!(name, "a consumer of EVENTS is lost: {why:#}");
            }
        }
        Ok(())
    }

    /// Creates the consumer of a subscriber, from the first event on; an existing one stays as it is.
    pub async fn add_subscriber(&self, name: &str) -> anyhow::Result<()> {
        self.ensure_events_stream().await?;
        let config = pull::Config {
            durable_name: Some(name.to_owned()),
            description: Some("A subscriber outside".into()),
            ack_policy: AckPolicy::Explicit,
            ..Default::default()
        };
        let events = self.jetstream.get_stream(EVENTS).await?;
        let created = events.get_or_create_consumer(name, config).await;
        created.map(drop).with_context(|| format!("the consumer {name} cannot be made"))
    }

    /// Removes the consumer of a subscriber; it is no failure if there is none.
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
            let page: Page = into_result(answer)?;
            let last = page.consumers.is_empty();
            all.extend(page.consumers);
            if last || all.len() >= page.total {
                break;
            }
        }
        all.retain(|consumer| consumer.config.get("durable_name").is_some());
        Ok(all)
    }

    async fn restore(&self, consumer: Consumer, mirrored_up_to: i64) -> anyhow::Result<()> {
        let Consumer { name, mut config, ack_floor } = consumer;
        let next = ack_floor.stream_seq.min(mirrored_up_to) + 1;
        let can_reset = self.client.is_server_compatible(2, 14, 0);
        if !can_reset {
            config["deliver_policy"] = "by_start_sequence".into();
            config["opt_start_seq"] = next.into();
        }
        let create = json!({ "stream_name": EVENTS, "config": config, "action": "create" });
        let subject = format!("CONSUMER.CREATE.{EVENTS}.{name}");
        let _: Value = into_result(self.jetstream.request(subject, &create).await?)?;
        if can_reset {
            let subject = format!("CONSUMER.RESET.{EVENTS}.{name}");
            let _: Value =
                into_result(self.jetstream.request(subject, &json!({ "seq": next })).await?)?;
        }
        Ok(())
    }
}

fn into_result<T>(answer: Response<T>) -> anyhow::Result<T> {
    match answer {
        Response::Ok(answer) => Ok(answer),
        Response::Err { error } => Err(error.into()),
    }
}
