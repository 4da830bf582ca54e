//! The relay copies the log to the bus.
//!
//! It has no checkpoint: the last sequence of the stream is its position. After any failure it opens
//! the stream again and goes on from there. So nothing that happens to it, to the server or to the
//! stream's files needs a case of its own, and two relays at once only slow each other down: the
//! server stores a batch only behind the sequence that the batch expects.

use std::{convert::Infallible, time::Duration};

use anyhow::Context;
use futures::{FutureExt, StreamExt};
use metrics::{counter, gauge};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    Bus, EventSource,
    mirror::{EventMessage, Mirror, to_messages},
    progress::APPENDED_SUBJECT,
};

/// How many events are read from the log at once: one batch on the bus.
const PAGE_SIZE: usize = 500;

/// How often the log is polled when no append is announced, and readers see that the relay is alive.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// After a round the relay rests this many times as long as it worked: events appended meanwhile are
/// published in one batch, and read in one transaction by every reader.
const REST_FACTOR: u32 = 3;
/// The longest such rest.
const MAX_REST: Duration = Duration::from_millis(20);

/// How often the relay checks that the streams have as many replicas as they should: servers may have
/// joined or come back.
const STREAM_CHECK_INTERVAL: Duration = Duration::from_mins(1);

/// The pause after a failure.
const RETRY_PAUSE: Duration = Duration::from_millis(250);

/// Makes the bus a mirror of the log and keeps it one.
#[derive(Debug)]
pub struct Relay<S> {
    bus: Bus,
    source: S,
}

impl<S: EventSource> Relay<S> {
    pub fn new(bus: Bus, source: S) -> Self {
        Self { bus, source }
    }

    /// Runs until `stop`; failures are retried. Dropping the future is as good as stopping it: a batch
    /// is on the bus as a whole or not at all.
    pub async fn run(&self, stop: &CancellationToken) {
        while let Some(Err(error)) =
            stop.run_until_cancelled(Box::pin(self.mirror_until_failure())).await
        {
            warn!("the relay looks again: {error:#}");
            counter!("servicebook_relay_errors_total").increment(1);
            stop.run_until_cancelled(sleep(RETRY_PAUSE)).await;
        }
    }

    async fn mirror_until_failure(&self) -> anyhow::Result<Infallible> {
        let mut appended = self.bus.client.subscribe(APPENDED_SUBJECT).await?;
        let mut mirror = Mirror::open(&self.bus, &self.source).await?;
        info!(position = mirror.position(), "the relay has found its place");
        let mut streams_checked = Instant::now();
        loop {
            let started = Instant::now();
            self.catch_up(&mut mirror).await?;
            sleep(MAX_REST.min(started.elapsed() * REST_FACTOR)).await;
            if timeout(HEARTBEAT, appended.next()).await.is_err() {
                mirror.ensure_unchanged().await?;
            }
            if streams_checked.elapsed() > STREAM_CHECK_INTERVAL {
                self.bus.ensure_streams().await?;
                streams_checked = Instant::now();
            }
            // One read of the log serves all announcements so far.
            while let Some(Some(_)) = appended.next().now_or_never() {}
        }
    }

    /// Publishes everything that is in the log; while the server stores one page, the next one is
    /// read.
    async fn catch_up(&self, mirror: &mut Mirror) -> anyhow::Result<()> {
        let head = self.source.head().await.context("the log cannot be read")?;
        let mut page = self.read_page(mirror.position()).await?;
        while !page.is_empty() {
            let end = mirror.position() + i64::try_from(page.len())?;
            let (published, next) = tokio::join!(mirror.publish(&page), self.read_page(end));
            published?;
            counter!("servicebook_relay_events_total").increment(page.len() as u64);
            record_metrics(mirror.position(), head);
            mirror.announce().await;
            page = next?;
        }
        record_metrics(mirror.position(), head);
        mirror.announce().await;
        Ok(())
    }

    async fn read_page(&self, after: i64) -> anyhow::Result<Vec<EventMessage>> {
        let events =
            self.source.events_after(after, PAGE_SIZE).await.context("the log cannot be read")?;
        fail::fail_point!("relay.after_read", |_| std::process::abort());
        to_messages(&events, after)
    }
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 events")]
fn record_metrics(position: i64, head: i64) {
    gauge!("servicebook_relay_position").set(position as f64);
    gauge!("servicebook_relay_lag").set((head - position).max(0) as f64);
}
