//! Work that the clock gives: every quarter of an hour, and at exact times.

use std::{future::Future, time::Duration};

use anyhow::Context;
use chrono::{DateTime, Utc};
use lease::lead;
use sqlx::{PgConnection, PgPool};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::follower::{lease_of, session};

/// The pause after a failure.
const PAUSE: Duration = Duration::from_secs(5);
/// How long at most it sleeps without looking at the clock: exact times may be brought forward.
const LOOK: Duration = Duration::from_secs(1);

/// A half-open stretch of time, `from` inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

/// What is to be done again and again.
///
/// The windows of a task follow each other without gaps; what was missed while nobody ran comes
/// as one long window. The same window may come twice, so doing it twice must be doing it once.
/// What was recorded late may have been due before the window began: a task takes whatever is due
/// before `until` and not yet done.
pub trait Task: Send + Sync {
    const NAME: &'static str;

    /// How long after one window the next one ends at the latest.
    const EVERY: Duration;

    /// Does what is due before the window ends.
    fn run(&self, window: Window) -> impl Future<Output = anyhow::Result<()>> + Send;

    /// The first moment after `after` at which something becomes due, if that is known: the
    /// window then ends there instead of later.
    fn due(
        &self,
        after: DateTime<Utc>,
    ) -> impl Future<Output = anyhow::Result<Option<DateTime<Utc>>>> + Send {
        async move {
            let _ = after;
            Ok(None)
        }
    }
}

/// Runs a task until `stop`. Only one process does it at a time; others stand by. The time is
/// that of the database, which all processes share.
pub async fn run_task<T: Task>(pool: &PgPool, task: &T, stop: CancellationToken) {
    let database = pool.connect_options();
    lead(&database, &lease_of(T::NAME), stop, |stop| work(pool, task, stop)).await;
}

async fn work<T: Task>(pool: &PgPool, task: &T, stop: CancellationToken) {
    while let Some(outcome) = stop.run_until_cancelled(follow(pool, task)).await {
        if let Err(why) = outcome {
            tracing::warn!(task = T::NAME, "trying again in {PAUSE:?}: {why:#}");
        }
        if stop.run_until_cancelled(sleep(PAUSE)).await.is_none() {
            return;
        }
    }
}

async fn follow<T: Task>(pool: &PgPool, task: &T) -> anyhow::Result<()> {
    let mut db = session(pool).await?;
    loop {
        let wait = step(&mut db, task).await?;
        sleep(wait).await;
    }
}

/// Does what is due. Answers how long nothing will be.
async fn step<T: Task>(db: &mut PgConnection, task: &T) -> anyhow::Result<Duration> {
    let (done, now) = read(&mut *db, T::NAME).await?;
    let regular = done + T::EVERY;
    let exact = task.due(done).await?.filter(|due| *due > done);
    let next = exact.map_or(regular, |due| due.min(regular));
    if now < next {
        let wait = (next - now).to_std().unwrap_or_default();
        return Ok(wait.min(LOOK));
    }
    // Half-open: what is due at this very moment belongs to it.
    let until = now + Duration::from_micros(1);
    let window = Window { from: done, until };
    task.run(window).await.with_context(|| format!("{} from {done} to {until}", T::NAME))?;
    sqlx::query("update workers.tasks set done_until = $2 where name = $1")
        .bind(T::NAME)
        .bind(until)
        .execute(db)
        .await?;
    Ok(Duration::ZERO)
}

/// Until when the task has done its work (a new one begins now), and what time it is.
async fn read(db: &mut PgConnection, name: &str) -> sqlx::Result<(DateTime<Utc>, DateTime<Utc>)> {
    let sql = "select done_until, greatest(clock_timestamp(), done_until)
               from workers.tasks where name = $1";
    if let Some(times) = sqlx::query_as(sql).bind(name).fetch_optional(&mut *db).await? {
        return Ok(times);
    }
    sqlx::query("insert into workers.tasks (name, done_until) values ($1, clock_timestamp())")
        .bind(name)
        .execute(&mut *db)
        .await?;
    sqlx::query_as(sql).bind(name).fetch_one(db).await
}
