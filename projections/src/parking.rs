//! Streams that wait for a fix: where a consumer of the log could not deal with an event, the stream
//! is parked, and nothing else waits for it.
//!
//! Read models, workers and tasks of the clock share one table. What is parked is tried again in the
//! background, after pauses that grow; a failure that no repetition can mend waits until somebody asks.

use std::{fmt::Display, time::Duration};

use chrono::{DateTime, Utc};
use domain::Raw;
use metrics::gauge;
use sqlx::{PgConnection, PgPool};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How often it is looked whether something parked is to be tried again.
const RETRY: Duration = Duration::from_secs(2);
/// How many streams of a consumer are tried again in one round.
const ROUND: i64 = 20;

/// A stream that could not be followed further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    pub stream: String,
    pub id: Uuid,
    /// Of the event that could not be dealt with.
    pub position: i64,
    /// Of the event that could not be dealt with.
    pub version: i32,
    pub error: String,
    /// Whether trying again cannot help, unless something else changes.
    pub permanent: bool,
}

/// A stream that waits for a fix.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Parked {
    /// The read model, or `worker/` and the worker or task, that could not deal with it.
    pub consumer: String,
    pub stream: String,
    pub id: Uuid,
    /// Of the event that could not be dealt with.
    pub position: i64,
    /// Of the event that could not be dealt with.
    pub version: i32,
    pub error: String,
    /// How often it failed.
    pub attempts: i32,
    /// Whether it failed in a way that no repetition mends.
    pub permanent: bool,
    pub parked_at: DateTime<Utc>,
    pub failed_at: DateTime<Utc>,
    /// When it is tried again; nothing, if only somebody's asking brings that about.
    pub next_at: Option<DateTime<Utc>>,
    /// Who decided that the event is passed over.
    pub discarded_by: Option<Uuid>,
}

/// What became of the decision to pass over an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discarded {
    /// It is passed over.
    Decided,
    /// The stream is parked at another event by now, with this version.
    Elsewhere(i32),
    /// It is not parked, or by somebody who cannot do without an event.
    Nothing,
}

/// Which parked streams are meant: those to which everything given applies.
#[derive(Debug, Clone, Default)]
pub struct Which {
    pub consumer: Option<String>,
    pub stream: Option<String>,
    pub id: Option<Uuid>,
}

impl Failed {
    /// The stream of an event that could not be dealt with.
    pub fn at(event: &Raw, error: String, permanent: bool) -> Self {
        let (stream, id) = (event.stream.clone(), event.id);
        Self { stream, id, position: event.position, version: event.version, error, permanent }
    }

    /// Parks the stream. One that fails at the same event again waits longer each time: from a minute
    /// to six hours.
    pub async fn park(&self, db: &mut PgConnection, consumer: &str) -> sqlx::Result<()> {
        sqlx::query(
            "insert into operations.parked as p
                 (consumer, stream, id, position, version, error, permanent)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (consumer, stream, id) do update
             set position = excluded.position, version = excluded.version,
                 error = excluded.error, permanent = excluded.permanent,
                 -- Whoever tried it again meanwhile did not know of the decision.
                 discarded_by = case when p.version = excluded.version then p.discarded_by end,
                 failed_at = clock_timestamp(),
                 attempts = case when p.version = excluded.version then p.attempts + 1 else 1 end,
                 told_at = case when p.version = excluded.version then p.told_at end",
        )
        .bind(consumer)
        .bind(&self.stream)
        .bind(self.id)
        .bind(self.position)
        .bind(self.version)
        // What a broken event says may hold what Postgres cannot.
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

impl Parked {
    /// What a consumer has parked, the oldest first.
    pub async fn of(db: &mut PgConnection, consumer: &str) -> sqlx::Result<Vec<Self>> {
        sqlx::query_as("select * from operations.parked where consumer = $1 order by position, id")
            .bind(consumer)
            .fetch_all(db)
            .await
    }

    /// Measures how much a consumer has parked.
    pub async fn measure(db: &PgPool, consumer: &str) -> sqlx::Result<i64> {
        let parked: i64 =
            sqlx::query_scalar("select count(*) from operations.parked where consumer = $1")
                .bind(consumer)
                .fetch_one(db)
                .await?;
        #[expect(clippy::cast_precision_loss, reason = "metrics are floating-point numbers")]
        gauge!("servicebook_parked", "consumer" => consumer.to_owned()).set(parked as f64);
        Ok(parked)
    }

    /// Tries again what a consumer has parked, whenever something is due, until `stop`. That this fails
    /// keeps nobody waiting.
    pub async fn retry<F, E>(
        db: &PgPool,
        consumer: &str,
        stop: &CancellationToken,
        again: impl Fn(Vec<Self>) -> F,
    ) where
        F: Future<Output = Result<(), E>>,
        E: From<sqlx::Error> + Display,
    {
        while stop.run_until_cancelled(sleep(RETRY)).await.is_some() {
            let round = async {
                match Self::due(db, consumer).await? {
                    due if due.is_empty() => Ok(()),
                    due => again(due).await,
                }
            };
            if let Err(why) = round.await {
                tracing::warn!(consumer, "what is parked waits on: {why:#}");
            }
        }
    }

    /// What is to be tried again now, a round of it. Measures on the way how much is parked.
    async fn due(db: &PgPool, consumer: &str) -> sqlx::Result<Vec<Self>> {
        if Self::measure(db, consumer).await? == 0 {
            return Ok(Vec::new());
        }
        sqlx::query_as(
            "select * from operations.parked
             where consumer = $1 and next_at <= clock_timestamp() order by next_at, id limit $2",
        )
        .bind(consumer)
        .bind(ROUND)
        .fetch_all(db)
        .await
    }

    /// When the next of a consumer's streams is tried again.
    pub async fn next(db: &PgPool, consumer: &str) -> sqlx::Result<Option<DateTime<Utc>>> {
        sqlx::query_scalar("select min(next_at) from operations.parked where consumer = $1")
            .bind(consumer)
            .fetch_one(db)
            .await
    }

    /// What nobody was told of, the oldest first.
    pub async fn untold(db: &PgPool, limit: i64) -> sqlx::Result<Vec<Self>> {
        let untold = "select * from operations.waiting where told_at is null
             order by parked_at, consumer, stream, id limit $1";
        sqlx::query_as(untold).bind(limit).fetch_all(db).await
    }

    /// Remembers that the operators were told.
    pub async fn told(&self, db: &PgPool) -> sqlx::Result<()> {
        let told = "update operations.parked set told_at = clock_timestamp()
             where consumer = $1 and stream = $2 and id = $3 and version = $4";
        let told = sqlx::query(told).bind(&self.consumer).bind(&self.stream).bind(self.id);
        told.bind(self.version).execute(db).await.map(drop)
    }

    /// Has the event passed over at which a worker failed in a stream, if it is the one of this version.
    /// That is for workers alone: a read model without one of its events would be wrong for ever, and
    /// what is due to a task stays due.
    pub async fn discard(
        db: &PgPool,
        consumer: &str,
        (stream, id, version): (&str, Uuid, i32),
        by: Uuid,
    ) -> sqlx::Result<Discarded> {
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
            None => Discarded::Nothing,
            Some(parked) if parked == version => Discarded::Decided,
            Some(parked) => Discarded::Elsewhere(parked),
        })
    }

    /// It is parked no more.
    pub async fn release(&self, db: &mut PgConnection) -> sqlx::Result<()> {
        release(db, &self.consumer, &self.stream, self.id).await
    }
}

/// A stream is parked no more.
pub(crate) async fn release(
    db: &mut PgConnection,
    consumer: &str,
    stream: &str,
    id: Uuid,
) -> sqlx::Result<()> {
    let release = "delete from operations.parked where consumer = $1 and stream = $2 and id = $3";
    sqlx::query(release).bind(consumer).bind(stream).bind(id).execute(db).await.map(drop)
}

impl Which {
    /// Parked streams, the longest parked first, after the one with this place.
    pub async fn list(&self, db: &PgPool, after: i64, limit: i64) -> sqlx::Result<Vec<Parked>> {
        let list = "select * from operations.waiting
             where ($1::text is null or consumer = $1) and ($2::text is null or stream = $2)
                 and ($3::uuid is null or id = $3)
             order by parked_at, consumer, stream, id offset $4 limit $5";
        let list = sqlx::query_as(list).bind(&self.consumer).bind(&self.stream).bind(self.id);
        list.bind(after).bind(limit).fetch_all(db).await
    }

    /// Has them tried again at once, also those that would wait for ever. Answers how many.
    pub async fn retry(&self, db: &PgPool) -> sqlx::Result<u64> {
        let retry = "update operations.waiting set next_at = clock_timestamp()
             where ($1::text is null or consumer = $1) and ($2::text is null or stream = $2)
                 and ($3::uuid is null or id = $3)";
        let retry = sqlx::query(retry).bind(&self.consumer).bind(&self.stream).bind(self.id);
        Ok(retry.execute(db).await?.rows_affected())
    }
}
