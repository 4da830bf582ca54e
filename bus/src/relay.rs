//! The way from the log to the bus.
//!
//! The relay keeps no record of how far it has come: the last sequence of the stream says it. It
//! works on that until anything at all goes wrong, then looks again. So nothing that happens to
//! it, to the server or to the stream's files needs a case of its own, and two relays at once
//! only get in each other's way: the server stores a batch only behind the sequence it expects.

use std::{convert::Infallible, time::Duration};

use anyhow::Context;
use domain::Raw;
use futures::{FutureExt, StreamExt};
use metrics::{counter, gauge};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    Bus,
    mirror::{Message, Mirror, messages},
    progress::APPENDED,
};

/// As many events are read from the log at once: one batch on the bus.
const PAGE: usize = 500;

/// A lost wake-up costs at most this; so often, too, others hear that the relay is alive.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// After a round the relay rests so many times as long as it worked: what is appended meanwhile
/// travels together, in one batch here and in one transaction of every reader.
const REST: u32 = 3;
const LONGEST_REST: Duration = Duration::from_millis(20);

/// So often the relay sees to it that the streams are on as many servers as they should be, which may
/// have come or come back.
const CARE: Duration = Duration::from_mins(1);

/// Before the relay looks again at what it could not do.
const PAUSE: Duration = Duration::from_millis(250);

/// The log, as far as the relay needs it. It must answer from the one true copy: a replica that
/// lags would look like a log that has lost its end.
pub trait EventSource: Send + Sync {
    /// The position of the newest event, 0 when there is none.
    fn head(&self) -> impl Future<Output = anyhow::Result<i64>> + Send;

    /// At most `limit` events after a position, in order and without gaps.
    fn after(
        &self,
        position: i64,
        limit: usize,
    ) -> impl Future<Output = anyhow::Result<Vec<Raw>>> + Send;
}

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

    /// Works until told to stop; whatever fails is tried again. Dropping the future is as good
    /// as stopping it: what it was doing then is wholly on the bus or not at all.
    pub async fn run(&self, stop: &CancellationToken) {
        while let Some(Err(error)) = stop.run_until_cancelled(Box::pin(self.follow())).await {
            warn!("the relay looks again: {error:#}");
            counter!("servicebook_relay_errors_total").increment(1);
            stop.run_until_cancelled(sleep(PAUSE)).await;
        }
    }

    async fn follow(&self) -> anyhow::Result<Infallible> {
        let mut appended = self.bus.client.subscribe(APPENDED).await?;
        let mut mirror = Mirror::open(&self.bus, &self.source).await?;
        info!(position = mirror.position(), "the relay has found its place");
        let mut set_up = Instant::now();
        loop {
            let begun = Instant::now();
            self.catch_up(&mut mirror).await?;
            sleep(LONGEST_REST.min(begun.elapsed() * REST)).await;
            if timeout(HEARTBEAT, appended.next()).await.is_err() {
                mirror.check().await?;
            }
            if set_up.elapsed() > CARE {
                self.bus.ensure_streams().await?;
                set_up = Instant::now();
            }
            // Whatever else was said meanwhile is answered by the same look at the log.
            while let Some(Some(_)) = appended.next().now_or_never() {}
        }
    }

    /// Publishes everything that is on the log; while the server stores one page, the next one is
    /// read and written out.
    async fn catch_up(&self, mirror: &mut Mirror) -> anyhow::Result<()> {
        let head = self.source.head().await.context("the log cannot be read")?;
        let mut page = self.page(mirror.position()).await?;
        while !page.is_empty() {
            let end = mirror.position() + i64::try_from(page.len())?;
            let (published, next) = tokio::join!(mirror.publish(&page), self.page(end));
            published?;
            counter!("servicebook_relay_events_total").increment(page.len() as u64);
            measure(mirror.position(), head);
            mirror.announce().await;
            page = next?;
        }
        measure(mirror.position(), head);
        mirror.announce().await;
        Ok(())
    }

    async fn page(&self, after: i64) -> anyhow::Result<Vec<Message>> {
        let events = self.source.after(after, PAGE).await.context("the log cannot be read")?;
        fail::fail_point!("relay.after_read", |_| std::process::abort());
        messages(&events, after)
    }
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 events")]
fn measure(position: i64, head: i64) {
    gauge!("servicebook_relay_position").set(position as f64);
    gauge!("servicebook_relay_lag").set((head - position).max(0) as f64);
}
