//! Whether the bus works, as those must know who ask whether a process is ready.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::{
    Bus,
    streams::{EVENTS, is_missing},
};

/// How long the stream of events may take to say something.
const ANSWER: Duration = Duration::from_secs(2);

/// For so long an answer is good: however often one asks, the server is not.
const FRESH: Duration = Duration::from_secs(1);

/// What is wrong, if anything.
pub(crate) type Health = Result<(), String>;

/// How many servers hold the stream of events, and how many of them follow at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replicas {
    pub all: usize,
    pub current: usize,
}

impl Bus {
    /// Whether the bus can be used: connected, its stream set up, and led by a server. Answers within
    /// seconds, with a sentence that says what is wrong.
    pub async fn health(&self) -> Result<(), String> {
        let mut known = self.health.lock().await;
        match &*known {
            Some((at, health)) if at.elapsed() < FRESH => health.clone(),
            _ => {
                let health = self.look().await;
                *known = Some((Instant::now(), health.clone()));
                health
            }
        }
    }

    async fn look(&self) -> Health {
        if !self.is_connected() {
            return Err("NATS cannot be reached".into());
        }
        match timeout(ANSWER, self.jetstream.get_stream(EVENTS)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(why)) if is_missing(&why) => Err("the stream EVENTS is not set up yet".into()),
            Ok(Err(why)) => Err(format!("the stream EVENTS does not answer: {why}")),
            Err(_) => Err("the stream EVENTS does not answer: no server leads it".into()),
        }
    }

    /// On how many servers the stream of events is; nothing if it does not answer.
    pub async fn replicas(&self) -> Option<Replicas> {
        let stream = timeout(ANSWER, self.jetstream.get_stream(EVENTS)).await.ok()?.ok()?;
        let info = stream.cached_info();
        let others = info.cluster.iter().flat_map(|cluster| &cluster.replicas);
        let current = 1 + others.filter(|other| other.current && !other.offline).count();
        Some(Replicas { all: info.config.num_replicas.max(1), current })
    }
}
