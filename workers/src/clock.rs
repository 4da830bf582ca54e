//! Work that the clock gives: every quarter of an hour, and at exact times.

use std::{future::Future, time::Duration};

use anyhow::Context;
use chrono::{DateTime, Utc};
use lease::lead;
use projections::Parked;
use sqlx::{PgConnection, PgPool};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{
    checkpoint::{qualified, session},
    panics::caught,
};

/// The pause after a failure.
const PAUSE: Duration = Duration::from_secs(5);
/// The shortest time between two windows.
const REST: Duration = Duration::from_millis(100);
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

    /// The first moment at which something is due, if that is known: the window then ends there
    /// instead of later. It lies before `after`, where the last window ended, when something was
    /// recorded since that was due already. What was done, or is parked, is no longer due.
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
    lead(&database, &qualified(T::NAME), stop, |stop| work(pool, task, stop)).await;
}

async fn work<T: Task>(pool: &PgPool, task: &T, stop: CancellationToken) {
    while let Err(why) = follow(pool, task, &stop).await {
        tracing::warn!(task = T::NAME, "trying again in {PAUSE:?}: {why:#}");
        if stop.run_until_cancelled(sleep(PAUSE)).await.is_none() {
            return;
        }
    }
}

/// Does window after window until `stop`; one that was begun is done first.
async fn follow<T: Task>(pool: &PgPool, task: &T, stop: &CancellationToken) -> anyhow::Result<()> {
    let mut db = session(pool).await?;
    while !stop.is_cancelled() {
        let wait = step(pool, &mut db, task).await?;
        stop.run_until_cancelled(sleep(wait)).await;
    }
    Ok(())
}

/// Does what is due. Answers how long nothing will be.
async fn step<T: Task>(pool: &PgPool, db: &mut PgConnection, task: &T) -> anyhow::Result<Duration> {
    let (done, now) = read(&mut *db, T::NAME).await?;
    let exact = task.due(done).await?;
    // What is parked comes again when its pause is over, whether the next window is near or not.
    let consumer = qualified(T::NAME);
    Parked::measure(pool, &consumer).await?;
    let again = Parked::next(pool, &consumer).await?;
    let regular = done + T::EVERY;
    let next = exact.into_iter().chain(again).fold(regular, Ord::min);
    if now < next {
        let wait = (next - now).to_std().unwrap_or_default();
        return Ok(wait.min(LOOK));
    }
    // Half-open: what is due at this very moment belongs to it.
    let until = now + Duration::from_micros(1);
    let window = Window { from: done, until };
    caught(task.run(window))
        .await
        .with_context(|| format!("{} from {done} to {until}", T::NAME))?;
    sqlx::query("update workers.tasks set done_until = $2 where name = $1")
        .bind(T::NAME)
        .bind(until)
        .execute(db)
        .await?;
    Ok(REST)
}

/// Until when the task has done its work (a new one begins now), and what time it is. A clock that
/// went back takes the task along, instead of making it wait until that time has come again.
async fn read(db: &mut PgConnection, name: &str) -> sqlx::Result<(DateTime<Utc>, DateTime<Utc>)> {
    let sql = "select least(done_until, now), now from workers.tasks, clock_timestamp() now
               where name = $1";
    let back = "update workers.tasks set done_until = clock_timestamp()
                where name = $1 and done_until > clock_timestamp() + interval '1 minute'";
    sqlx::query(back).bind(name).execute(&mut *db).await?;
    if let Some(times) = sqlx::query_as(sql).bind(name).fetch_optional(&mut *db).await? {
        return Ok(times);
    }
    sqlx::query("insert into workers.tasks (name, done_until) values ($1, clock_timestamp())")
        .bind(name)
        .execute(&mut *db)
        .await?;
    sqlx::query_as(sql).bind(name).fetch_one(db).await
}
