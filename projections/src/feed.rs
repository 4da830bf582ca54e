//! Delivers events to a reader: from the bus, or from the log where the bus cannot serve.

use std::{sync::Arc, time::Duration};

use bus::{CatchUpSubscription, Tail};
use domain::RawEvent;
use event_store::EventBatch;
use sqlx::PgPool;
use tokio::time::{Instant, sleep, timeout_at};
use tracing::debug;

/// Readers further behind than this many positions read pages of the log, filtered by Postgres, instead
/// of all events from the bus.
const FAR_BEHIND: i64 = 5_000;

/// How often the log is polled without a bus.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// For how long a reader's checkpoint may stay behind while events of other streams pass: moving it at
/// once would cost a transaction per reader and batch.
const CHECKPOINT_DELAY: Duration = Duration::from_millis(100);

/// Follows some streams. The position is kept by the reader, in its checkpoint.
pub struct Feed {
    pool: PgPool,
    streams: Vec<String>,
    /// The most events of one batch.
    batch_size: usize,
    bus: Option<CatchUpSubscription>,
    /// Whether the reader may be too far behind for the bus.
    may_be_far_behind: bool,
    skipped: Option<Skipped>,
}

/// A section of the log without events for the reader.
#[derive(Debug, Clone, Copy)]
struct Skipped {
    after: i64,
    upto: i64,
    since: Instant,
}

impl Feed {
    pub fn new(pool: PgPool, streams: Vec<String>, batch_size: usize, tail: Option<&Tail>) -> Self {
        let bus = tail.map(|tail| tail.subscribe_after(0));
        Self { pool, streams, batch_size, bus, may_be_far_behind: true, skipped: None }
    }

    /// Waits for events after a position. A batch may be empty: it moves the checkpoint past events of
    /// other streams, after a short delay. Dropping the future loses nothing.
    pub async fn next(&mut self, after: i64) -> sqlx::Result<EventBatch> {
        self.next_with_position(after, |_| ()).await
    }

    /// As [`next`](Self::next); calls `on_position` without delay with the position up to which the log
    /// holds nothing new for the reader.
    pub async fn next_with_position(
        &mut self,
        after: i64,
        on_position: impl Fn(i64),
    ) -> sqlx::Result<EventBatch> {
        loop {
            let skipped = self.skipped.filter(|skipped| skipped.after == after);
            let step = self.next_step(skipped.map_or(after, |skipped| skipped.upto));
            let batch = match skipped {
                None => step.await?,
                Some(skipped) => match timeout_at(skipped.since + CHECKPOINT_DELAY, step).await {
                    Ok(batch) => EventBatch { after, ..batch? },
                    Err(_) => EventBatch { after, upto: skipped.upto, events: Vec::new() },
                },
            };
            let since = skipped.map_or_else(Instant::now, |skipped| skipped.since);
            if batch.events.is_empty() && since.elapsed() < CHECKPOINT_DELAY {
                on_position(batch.upto);
                self.skipped = Some(Skipped { after, upto: batch.upto, since });
            } else {
                self.skipped = None;
                return Ok(batch);
            }
        }
    }

    /// The next section of the log after a position, with the reader's events.
    async fn next_step(&mut self, after: i64) -> sqlx::Result<EventBatch> {
        loop {
            if self.may_be_far_behind {
                let batch = self.read_log(after).await?;
                self.may_be_far_behind =
                    batch.upto - after > FAR_BEHIND || batch.events.len() == self.batch_size;
                if batch.upto > after {
                    return Ok(batch);
                }
            }
            let Some(bus) = &mut self.bus else {
                sleep(POLL_INTERVAL).await;
                self.may_be_far_behind = true;
                continue;
            };
            if bus.position() != after {
                bus.seek(after);
            }
            match bus.next().await {
                Ok(events) => {
                    let upto = events.last().map_or(after, |event| event.position);
                    // The bus sends the events of all streams.
                    let own = |event: &&Arc<RawEvent>| self.streams.contains(&event.stream);
                    let events =
                        events.iter().filter(own).map(|event| RawEvent::clone(event)).collect();
                    return Ok(EventBatch { after, upto, events });
                }
                Err(lapse) => {
                    debug!(after, "reading the log instead of the bus: {lapse}");
                    self.may_be_far_behind = true;
                }
            }
        }
    }

    async fn read_log(&self, after: i64) -> sqlx::Result<EventBatch> {
        let mut db = self.pool.acquire().await?;
        let head = event_store::head(&mut *db).await?;
        event_store::read_batch(&mut *db, &self.streams, after, head, self.batch_size).await
    }
}
