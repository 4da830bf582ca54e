//! Streams that wait for a fix: when a consumer of the log fails at an event, that stream is parked, and
//! all others go on.
//!
//! Read models, workers and scheduled tasks share one table. Parked streams are retried in the
//! background, after growing pauses; permanent failures wait until an operator asks for a retry.

use std::{fmt::Display, time::Duration};

use chrono::{DateTime, Utc};
use domain::RawEvent;
use metrics::gauge;
use serde::Serialize;
use sqlx::{PgConnection, PgPool};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;
use uuid::Uuid;

/// How often parked streams are checked for a due retry.
const CHECK_INTERVAL: Duration = Duration::from_secs(2);
/// How many streams of a consumer are retried in one round.
const MAX_RETRIES_PER_ROUND: i64 = 20;

/// A stream that a consumer could not follow further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedStream {
    pub stream: String,
    pub id: Uuid,
    /// Of the event that failed.
    pub position: i64,
    /// Of the event that failed.
    pub version: i32,
    pub error: String,
    /// Whether a retry cannot help, unless something else changes.
    pub permanent: bool,
}

/// A stream whose processing stopped at an event that failed. Other streams are not held up by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow, ToSchema)]
pub struct ParkedStream {
    /// The read model, or `worker/` and the worker or task, that could not deal with it.
    pub consumer: String,
    pub stream: String,
    pub id: Uuid,
    /// The position in the log of the event that failed.
    pub position: i64,
    /// Its place in the stream.
    pub version: i32,
    pub error: String,
    /// How often it failed.
    pub attempts: i32,
    /// Whether retrying cannot help unless something else changes.
    pub permanent: bool,
    pub parked_at: DateTime<Utc>,
    pub failed_at: DateTime<Utc>,
    /// When it is retried; null if only on request.
    pub next_at: Option<DateTime<Utc>>,
    /// Who requested that the event be skipped, until that is done.
    pub discarded_by: Option<Uuid>,
}

/// The result of a decision to skip an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiscardOutcome {
    /// The event is skipped.
    Discarded,
    /// The stream is parked at another event by now, the one with this version.
    ParkedElsewhere(i32),
    /// The stream is not parked, or its consumer cannot skip events.
    NotParked,
}

/// Selects parked streams: those that match every field that is set.
#[derive(Debug, Clone, Default)]
pub struct ParkedStreamFilter {
    pub consumer: Option<String>,
    pub stream: Option<String>,
    pub id: Option<Uuid>,
}

impl FailedStream {
    /// The stream of an event that failed.
    pub fn at_event(event: &RawEvent, error: String, permanent: bool) -> Self {
        let (stream, id) = (event.stream.clone(), event.id);
        Self { stream, id, position: event.position, version: event.version, error, permanent }
    }

    /// Parks the stream. One that fails at the same event again waits longer each time: from one minute
    /// up to six hours.
    pub async fn park(&self, db: &mut PgConnection, consumer: &str) -> sqlx::Result<()> {
        sqlx::query(
            "insert into operations.parked as p
                 (consumer, stream, id, position, version, error, permanent)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (consumer, stream, id) do update
             set position = excluded.position, version = excluded.version,
                 error = excluded.error, permanent = excluded.permanent,
                 -- A retry that ran meanwhile did not know of the decision.
                 discarded_by = case when p.version = excluded.version then p.discarded_by end,
                 failed_at = clock_timestamp(),
                 attempts = case when p.version = excluded.version then p.attempts + 1 else 1 end,
                 notified_at = case when p.version = excluded.version then p.notified_at end",
        )
        .bind(consumer)
        .bind(&self.stream)
        .bind(self.id)
        .bind(self.position)
        .bind(self.version)
        // The error may quote an event that holds NUL, which Postgres cannot store.
        .bind(self.error.replace('\0', "\u{fffd}"))
        .bind(self.permanent)
        .execute(&mut *db)
        .await?;
        sqlx::query(
            "update operations.parked set next_at = case when discarded_by is not null then failed_at
             when not permanent then
                 failed_at + least('6 hours', '1 minute'::interval * power(2, least(attempts - 1, 9)))
             end
             where consumer = $1 and stream = $2 and id = $3",
        )
        .bind(consumer)
        .bind(&self.stream)
        .bind(self.id)
        .execute(db)
        .await?;
        Ok(())
    }
}

impl ParkedStream {
    /// The parked streams of a consumer, the oldest first.
    pub async fn of_consumer(db: &mut PgConnection, consumer: &str) -> sqlx::Result<Vec<Self>> {
        sqlx::query_as("select * from operations.parked where consumer = $1 order by position, id")
            .bind(consumer)
            .fetch_all(db)
            .await
    }

    /// Counts the parked streams of a consumer, and exports the number as a metric.
    pub async fn count_and_record_metric(db: &PgPool, consumer: &str) -> sqlx::Result<i64> {
        let parked: i64 =
            sqlx::query_scalar("select count(*) from operations.parked where consumer = $1")
                .bind(consumer)
                .fetch_one(db)
                .await?;
        #[expect(clippy::cast_precision_loss, reason = "metrics are floating-point numbers")]
        gauge!("servicebook_parked", "consumer" => consumer.to_owned()).set(parked as f64);
        Ok(parked)
    }

    /// Retries the parked streams of a consumer when they are due, until `stop`. Failures are logged
    /// and tried again.
    pub async fn retry_when_due<F, E>(
        db: &PgPool,
        consumer: &str,
        stop: &CancellationToken,
        retry_due: impl Fn(Vec<Self>) -> F,
    ) where
        F: Future<Output = Result<(), E>>,
        E: From<sqlx::Error> + Display,
    {
        while stop.run_until_cancelled(sleep(CHECK_INTERVAL)).await.is_some() {
            let round = async {
                match Self::due(db, consumer).await? {
                    due if due.is_empty() => Ok(()),
                    due => retry_due(due).await,
                }
            };
            if let Err(why) = round.await {
                tracing::warn!(consumer, "parked streams could not be retried: {why:#}");
            }
        }
    }

    /// The streams that are due now, at most one round. Updates the metric as well.
    async fn due(db: &PgPool, consumer: &str) -> sqlx::Result<Vec<Self>> {
        if Self::count_and_record_metric(db, consumer).await? == 0 {
            return Ok(Vec::new());
        }
        sqlx::query_as(
            "select * from operations.parked
             where consumer = $1 and next_at <= clock_timestamp() order by next_at, id limit $2",
        )
        .bind(consumer)
        .bind(MAX_RETRIES_PER_ROUND)
        .fetch_all(db)
        .await
    }

    /// When the next stream of a consumer is retried.
    pub async fn next_retry(db: &PgPool, consumer: &str) -> sqlx::Result<Option<DateTime<Utc>>> {
        sqlx::query_scalar("select min(next_at) from operations.parked where consumer = $1")
            .bind(consumer)
            .fetch_one(db)
            .await
    }

    /// Parked streams that were not reported to the operators yet, the oldest first.
    pub async fn unreported(db: &PgPool, limit: i64) -> sqlx::Result<Vec<Self>> {
        let query = "select * from operations.waiting where notified_at is null
             order by parked_at, consumer, stream, id limit $1";
        sqlx::query_as(query).bind(limit).fetch_all(db).await
    }

    /// Records that the operators were notified.
    pub async fn mark_reported(&self, db: &PgPool) -> sqlx::Result<()> {
        let update = "update operations.parked set notified_at = clock_timestamp()
             where consumer = $1 and stream = $2 and id = $3 and version = $4";
        let update = sqlx::query(update).bind(&self.consumer).bind(&self.stream).bind(self.id);
        update.bind(self.version).execute(db).await.map(drop)
    }

    /// Makes a worker skip the event at which a stream is parked, if the event has this version. Only
    /// workers can skip events: a read model without one of its events would be wrong for ever, and
    /// what is due to a task stays due.
    pub async fn discard(
        db: &PgPool,
        consumer: &str,
        (stream, id, version): (&str, Uuid, i32),
        by: Uuid,
    ) -> sqlx::Result<DiscardOutcome> {
        let parked: Option<i32> = sqlx::query_scalar(
            "update operations.parked
             set discarded_by = case when version = $4 then $5 else discarded_by end,
                 next_at = case when version = $4 then clock_timestamp() else next_at end
             where consumer = $1 and stream = $2 and id = $3
                 and consumer in (select 'worker/' || name from workers.checkpoints)
             returning version",
        )
        .bind(consumer)
        .bind(stream)
        .bind(id)
        .bind(version)
        .bind(by)
        .fetch_optional(db)
        .await?;
        Ok(match parked {
            None => DiscardOutcome::NotParked,
            Some(parked) if parked == version => DiscardOutcome::Discarded,
            Some(parked) => DiscardOutcome::ParkedElsewhere(parked),
        })
    }

    /// Ends the parking of this stream.
    pub async fn release(&self, db: &mut PgConnection) -> sqlx::Result<()> {
        release(db, &self.consumer, &self.stream, self.id).await
    }
}

/// Ends the parking of a stream.
pub(crate) async fn release(
    db: &mut PgConnection,
    consumer: &str,
    stream: &str,
    id: Uuid,
) -> sqlx::Result<()> {
    let release = "delete from operations.parked where consumer = $1 and stream = $2 and id = $3";
    sqlx::query(release).bind(consumer).bind(stream).bind(id).execute(db).await.map(drop)
}

impl ParkedStreamFilter {
    /// The parked streams, the longest parked first, skipping the first `offset`.
    pub async fn list(
        &self,
        db: &PgPool,
        offset: i64,
        limit: i64,
    ) -> sqlx::Result<Vec<ParkedStream>> {
        let list = "select * from operations.waiting
             where ($1::text is null or consumer = $1) and ($2::text is null or stream = $2)
                 and ($3::uuid is null or id = $3)
             order by parked_at, consumer, stream, id offset $4 limit $5";
        let list = sqlx::query_as(list).bind(&self.consumer).bind(&self.stream).bind(self.id);
        list.bind(offset).bind(limit).fetch_all(db).await
    }

    /// Makes them due at once, permanent failures as well. Returns how many there are.
    pub async fn request_retry(&self, db: &PgPool) -> sqlx::Result<u64> {
        let retry = "update operations.waiting set next_at = clock_timestamp()
             where ($1::text is null or consumer = $1) and ($2::text is null or stream = $2)
                 and ($3::uuid is null or id = $3)";
        let retry = sqlx::query(retry).bind(&self.consumer).bind(&self.stream).bind(self.id);
        Ok(retry.execute(db).await?.rows_affected())
    }
}
