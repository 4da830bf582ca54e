//! Closes segments of the log, and publishes them on the bus.

use std::time::Duration;

use anyhow::{Context, ensure};
use aws_lc_rs::digest::{self, SHA256};
use bus::Bus;
use chrono::{DateTime, Utc};
use domain::to_hexadecimal;
use metrics::{counter, gauge};
use sqlx::{FromRow, PgConnection, PgPool};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// The age of an event at which its segment is closed even if it is not full.
const MAX_AGE: Duration = Duration::from_mins(1);
/// How often it is checked whether a segment can be closed.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// The pause after a failure.
const RETRY_PAUSE: Duration = Duration::from_secs(10);

/// A range of events, and the hash that proves them and all before them.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Segment {
    /// From 1, without gaps.
    pub number: i64,
    /// The positions of its first and last event.
    pub first: i64,
    pub last: i64,
    /// SHA-256, as defined in `infra/migrations/0060_segments.sql`.
    pub hash: Vec<u8>,
    pub closed_at: DateTime<Utc>,
}

impl Segment {
    /// All of them in order.
    pub(crate) async fn all(db: &mut PgConnection) -> sqlx::Result<Vec<Self>> {
        sqlx::query_as("select * from event_store.segments order by number").fetch_all(db).await
    }

    /// The segment as it is exported and published: one line of JSON, without the end of line.
    pub fn to_json_line(&self) -> String {
        let Self { number, first, last, hash, closed_at } = self;
        let hash = to_hexadecimal(hash);
        let at = closed_at.format("%Y-%m-%dT%H:%M:%S%.6fZ");
        format!(
            r#"{{"segment":{number},"first":{first},"last":{last},"hash":"{hash}","closed_at":"{at}"}}"#
        )
    }
}

/// Computes the hash of a segment, event by event.
pub(crate) struct SegmentHash(digest::Context);

impl SegmentHash {
    /// Starts with the hash of the previous segment, which is empty for the first one.
    pub(crate) fn chained_to(previous: &[u8]) -> Self {
        let mut context = digest::Context::new(&SHA256);
        context.update(previous);
        Self(context)
    }

    pub(crate) fn add(&mut self, digest: &[u8; 32]) {
        self.0.update(digest);
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0.finish().as_ref().to_vec()
    }
}

/// Closes segments and publishes them.
#[derive(Debug, Clone)]
pub struct SegmentPublisher {
    db: PgPool,
    bus: Bus,
}

impl SegmentPublisher {
    pub fn new(db: PgPool, bus: Bus) -> Self {
        Self { db, bus }
    }

    /// Runs until `stop`; failures are retried. It is safe to run twice at once.
    pub async fn run(&self, stop: &CancellationToken) {
        let mut published = None;
        while !stop.is_cancelled() {
            let pause = match stop.run_until_cancelled(self.close_and_publish(&mut published)).await
            {
                Some(Ok(true)) => continue,
                Some(Ok(false)) | None => POLL_INTERVAL,
                Some(Err(why)) => {
                    tracing::warn!("segments are tried again: {why:#}");
                    counter!("servicebook_segments_errors_total").increment(1);
                    published = None;
                    RETRY_PAUSE
                }
            };
            stop.run_until_cancelled(sleep(pause)).await;
        }
    }

    /// Closes one segment, if there is one to close, and publishes all after number `published`; if that
    /// is `None` the bus is asked for it. Answers whether it closed one.
    async fn close_and_publish(&self, published: &mut Option<i64>) -> anyhow::Result<bool> {
        let closed: Option<Segment> = sqlx::query_as("select * from event_store.close_segment($1)")
            .bind(MAX_AGE)
            .fetch_optional(&self.db)
            .await
            .context("no segment can be closed")?;
        if let Some(closed) = &closed {
            #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 events")]
            gauge!("servicebook_segments_position").set(closed.last as f64);
        }
        let mut last = match *published {
            Some(last) => last,
            None => self.check_last_published().await?,
        };
        while let Some(segment) = self.find(last + 1).await? {
            self.bus.publish_segment(segment.number, segment.to_json_line()).await?;
            last = segment.number;
        }
        *published = Some(last);
        Ok(closed.is_some())
    }

    /// The number of the last segment on the bus. Fails if it differs from that of the log.
    pub async fn check_last_published(&self) -> anyhow::Result<i64> {
        let Some((number, line)) = self.bus.last_segment().await? else { return Ok(0) };
        let logged = self.find(number).await?;
        ensure!(
            logged.is_some_and(|logged| logged.to_json_line() == line),
            "segment {number} on the bus is not the one of the log: the log was changed, or is an \
             older one that was restored; if that was meant, `servicebook bus rebuild` begins anew"
        );
        Ok(number)
    }

    async fn find(&self, number: i64) -> sqlx::Result<Option<Segment>> {
        sqlx::query_as("select * from event_store.segments where number = $1")
            .bind(number)
            .fetch_optional(&self.db)
            .await
    }
}
