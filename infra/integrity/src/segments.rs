//! Closing segments behind the log, and telling the bus of each.

use std::{fmt::Write, time::Duration};

use anyhow::{Context, ensure};
use aws_lc_rs::digest::{self, SHA256};
use bus::Bus;
use chrono::{DateTime, Utc};
use metrics::{counter, gauge};
use sqlx::{FromRow, PgPool};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// So long an event waits at most for the segment that vouches for it.
const PATIENCE: Duration = Duration::from_mins(1);
/// So often it is looked whether one can be closed.
const LOOK: Duration = Duration::from_secs(1);
/// The pause after a failure.
const AGAIN: Duration = Duration::from_secs(10);

/// A run of events, and the hash that vouches for them and for all before them.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Segment {
    /// From 1, without gaps.
    pub number: i64,
    /// The positions of its first and last event.
    pub first: i64,
    pub last: i64,
    /// SHA-256; of what, `infra/migrations/0060_segments.sql` says.
    pub hash: Vec<u8>,
    pub closed_at: DateTime<Utc>,
}

impl Segment {
    /// How it is exported, and published: one line of JSON, without the end of line.
    pub fn line(&self) -> String {
        let Self { number, first, last, hash, closed_at } = self;
        let hash = hash.iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        let at = closed_at.format("%Y-%m-%dT%H:%M:%S%.6fZ");
        format!(
            r#"{{"segment":{number},"first":{first},"last":{last},"hash":"{hash}","closed_at":"{at}"}}"#
        )
    }
}

/// The hash of a segment, as its events come along.
pub(crate) struct Hash(digest::Context);

impl Hash {
    /// Behind the hash of the segment before; of nothing, for the first one.
    pub(crate) fn after(previous: &[u8]) -> Self {
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
pub struct Segments {
    db: PgPool,
    bus: Bus,
}

impl Segments {
    pub fn new(db: PgPool, bus: Bus) -> Self {
        Self { db, bus }
    }

    /// Works until told to stop; whatever fails is tried again. Two at once only do twice what
    /// happens once.
    pub async fn run(&self, stop: &CancellationToken) {
        let mut published = None;
        while !stop.is_cancelled() {
            let pause = match stop.run_until_cancelled(self.round(&mut published)).await {
                Some(Ok(true)) => continue,
                Some(Ok(false)) | None => LOOK,
                Some(Err(why)) => {
                    tracing::warn!("segments are tried again: {why:#}");
                    counter!("servicebook_segments_errors_total").increment(1);
                    published = None;
                    AGAIN
                }
            };
            stop.run_until_cancelled(sleep(pause)).await;
        }
    }

    /// Closes one segment, if there is one to close, and publishes what comes after those that are
    /// `published`, as far as that is known. Says whether it closed one.
    async fn round(&self, published: &mut Option<i64>) -> anyhow::Result<bool> {
        let closed: Option<Segment> = sqlx::query_as("select * from event_store.close_segment($1)")
            .bind(PATIENCE)
            .fetch_optional(&self.db)
            .await
            .context("no segment can be closed")?;
        if let Some(closed) = &closed {
            #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 events")]
            gauge!("servicebook_segments_position").set(closed.last as f64);
        }
        let mut last = match *published {
            Some(last) => last,
            None => self.compare().await?,
        };
        while let Some(segment) = self.find(last + 1).await? {
            self.bus.publish_segment(segment.number, segment.line()).await?;
            last = segment.number;
        }
        *published = Some(last);
        Ok(closed.is_some())
    }

    /// The number of the last segment on the bus, which must be the one that the log has.
    pub async fn compare(&self) -> anyhow::Result<i64> {
        let Some((number, line)) = self.bus.last_segment().await? else { return Ok(0) };
        let own = self.find(number).await?;
        ensure!(
            own.is_some_and(|own| own.line() == line),
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
