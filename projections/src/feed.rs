//! Where a reader's events come from: the bus, and the log where the bus cannot serve.

use std::{sync::Arc, time::Duration};

use bus::{Subscription, Tail};
use domain::Raw;
use event_store::Batch;
use sqlx::PgPool;
use tokio::time::{Instant, sleep, timeout_at};
use tracing::debug;

/// Who is further behind reads pages of the log, filtered by Postgres, instead of everything
/// from the bus.
const FAR: i64 = 5_000;

/// How often the log is asked where there is no bus.
const POLL: Duration = Duration::from_millis(100);

/// For how long a reader's checkpoint may stand still while others' events pass by: every reader
/// that moved its own at once would be a transaction per reader and batch.
const LAZY: Duration = Duration::from_millis(100);

/// Follows some streams. It keeps no position of its own: its reader's checkpoint is the truth.
pub struct Feed {
    pool: PgPool,
    streams: Vec<String>,
    /// The most events of one batch.
    size: usize,
    bus: Option<Subscription>,
    /// Whether the reader may be far behind.
    far: bool,
    passed: Option<Passed>,
}

/// A piece of the log that holds nothing for the reader.
#[derive(Debug, Clone, Copy)]
struct Passed {
    after: i64,
    upto: i64,
    since: Instant,
}

impl Feed {
    pub fn new(pool: PgPool, streams: Vec<String>, size: usize, tail: Option<&Tail>) -> Self {
        let bus = tail.map(|tail| tail.after(0));
        Self { pool, streams, size, bus, far: true, passed: None }
    }

    /// What happened after a position, as soon as something did; what was nothing to the reader
    /// comes a little later, to move its checkpoint. Dropping the future loses nothing.
    pub async fn next(&mut self, after: i64) -> sqlx::Result<Batch> {
        self.next_telling(after, |_| ()).await
    }

    /// As [`next`](Self::next); `seen` is told at once how far the log is known.
    pub async fn next_telling(&mut self, after: i64, seen: impl Fn(i64)) -> sqlx::Result<Batch> {
        loop {
            let passed = self.passed.filter(|passed| passed.after == after);
            let step = self.step(passed.map_or(after, |passed| passed.upto));
            let batch = match passed {
                None => step.await?,
                Some(passed) => match timeout_at(passed.since + LAZY, step).await {
                    Ok(batch) => Batch { after, ..batch? },
                    Err(_) => Batch { after, upto: passed.upto, events: Vec::new() },
                },
            };
            let since = passed.map_or_else(Instant::now, |passed| passed.since);
            if batch.events.is_empty() && since.elapsed() < LAZY {
                seen(batch.upto);
                self.passed = Some(Passed { after, upto: batch.upto, since });
            } else {
                self.passed = None;
                return Ok(batch);
            }
        }
    }

    /// What is new after a position, of interest or not.
    async fn step(&mut self, after: i64) -> sqlx::Result<Batch> {
        loop {
            if self.far {
                let batch = self.logged(after).await?;
                self.far = batch.upto - after > FAR || batch.events.len() == self.size;
                if batch.upto > after {
                    return Ok(batch);
                }
            }
            let Some(bus) = &mut self.bus else {
                sleep(POLL).await;
                self.far = true;
                continue;
            };
            if bus.position() != after {
                bus.seek(after);
            }
            match bus.next().await {
                Ok(events) => {
                    let upto = events.last().map_or(after, |event| event.position);
                    // All there is on the bus is sent; the reader wants its own.
                    let own = |event: &&Arc<Raw>| self.streams.contains(&event.stream);
                    let events = events.iter().filter(own).map(|event| Raw::clone(event)).collect();
                    return Ok(Batch { after, upto, events });
                }
                Err(lapse) => {
                    debug!(after, "reading the log instead of the bus: {lapse}");
                    self.far = true;
                }
            }
        }
    }

    async fn logged(&self, after: i64) -> sqlx::Result<Batch> {
        let mut db = self.pool.acquire().await?;
        let head = event_store::head(&mut *db).await?;
        event_store::page(&mut *db, &self.streams, after, head, self.size).await
    }
}
