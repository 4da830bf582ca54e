//! Where a reader's events come from: the bus, and the log where the bus cannot serve.

use std::time::Duration;

use bus::{Subscription, Tail};
use sqlx::PgPool;
use tokio::time::sleep;
use tracing::debug;

use crate::log::{self, Batch};

/// Who is further behind reads pages of the log, filtered by Postgres, instead of everything
/// from the bus.
const FAR: i64 = 5_000;

/// How often the log is asked where there is no bus.
const POLL: Duration = Duration::from_millis(100);

/// Follows some streams. It keeps no position of its own: its reader's checkpoint is the truth.
pub struct Feed {
    pool: PgPool,
    streams: Vec<String>,
    /// The most events of one batch.
    size: usize,
    bus: Option<Subscription>,
    /// Whether the reader may be far behind.
    far: bool,
}

impl Feed {
    pub fn new(pool: PgPool, streams: Vec<String>, size: usize, tail: Option<&Tail>) -> Self {
        Self { pool, streams, size, bus: tail.map(|tail| tail.after(0)), far: true }
    }

    /// What happened after a position, as soon as something did. Dropping the future loses
    /// nothing.
    pub async fn next(&mut self, after: i64) -> sqlx::Result<Batch> {
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
                    let own = |stream: &str| self.streams.iter().any(|own| own == stream);
                    let events = events.into_iter().filter(|event| own(&event.stream)).collect();
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
        let head = log::head(&mut db).await?;
        log::page(&mut db, &self.streams, after, head, self.size).await
    }
}
