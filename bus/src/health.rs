//! The health of the bus, for readiness checks.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::{
    Bus,
    connect::Health,
    streams::{EVENTS, is_stream_missing},
};

/// How long the server may take to answer.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a result is reused, so that frequent checks do not burden the server.
const CACHE_TTL: Duration = Duration::from_secs(1);

/// How many servers hold the stream of events, and how many of them are up to date at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replicas {
    pub all: usize,
    pub current: usize,
}

impl Bus {
    /// Whether the bus can be used: connected, its stream set up, and with a leader. Answers within
    /// seconds; the error is a sentence that says what is wrong.
    pub async fn health(&self) -> Result<(), String> {
        let mut cached = self.health.lock().await;
        match &*cached {
            Some((at, health)) if at.elapsed() < CACHE_TTL => health.clone(),
            _ => {
                let health = self.check_health().await;
                *cached = Some((Instant::now(), health.clone()));
                health
            }
        }
    }

    async fn check_health(&self) -> Health {
        if !self.is_connected() {
            return Err("NATS cannot be reached".into());
        }
        match timeout(RESPONSE_TIMEOUT, self.jetstream.get_stream(EVENTS)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(why)) if is_stream_missing(&why) => {
                Err("the stream EVENTS is not set up yet".into())
            }
            Ok(Err(why)) => Err(format!("the stream EVENTS does not answer: {why}")),
            Err(_) => Err("the stream EVENTS does not answer: no server leads it".into()),
        }
    }

    /// The replicas of the stream of events; `None` if it does not answer.
    pub async fn replicas(&self) -> Option<Replicas> {
        let stream =
            timeout(RESPONSE_TIMEOUT, self.jetstream.get_stream(EVENTS)).await.ok()?.ok()?;
        let info = stream.cached_info();
        let others = info.cluster.iter().flat_map(|cluster| &cluster.replicas);
        let current = 1 + others.filter(|other| other.current && !other.offline).count();
        Some(Replicas { all: info.config.num_replicas.max(1), current })
    }
}
