//! Periodic tasks: work that is due at regular intervals and at exact times.

use std::{future::Future, time::Duration};

use anyhow::Context;
use chrono::{DateTime, Utc};
use lease::Leases;
use projections::ParkedStream;
use sqlx::PgPool;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{checkpoint::consumer_name, panics::catch_panic};

/// The pause after a failure.
const RETRY_PAUSE: Duration = Duration::from_secs(5);
/// The shortest pause between two windows.
const MIN_PAUSE: Duration = Duration::from_millis(100);
/// The longest sleep before the clock is read again: exact times may be brought forward.
const MAX_SLEEP: Duration = Duration::from_secs(1);

/// A half-open interval of time, `from` inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

/// Work that is due again and again.
///
/// The windows of a task follow each other without gaps; what was missed while no
/// process ran comes as one long window. The same window may come twice, so a task must be idempotent.
/// What was recorded late may have been due before the window began: a task does everything that is
/// due before `until` and not yet done.
pub trait Task: Send + Sync {
    const NAME: &'static str;

    /// How long after one window the next one ends at the latest.
    const EVERY: Duration;

    /// Does everything that is due before the window ends.
    fn run(&self, window: Window) -> impl Future<Output = anyhow::Result<()>> + Send;

    /// The first moment at which something is due, if it is known: the window then ends there
    /// instead of later. It lies before `after`, where the last window ended, if something was
    /// recorded since then that was due already. What is done or parked is not due.
    fn next_due(
        &self,
        after: DateTime<Utc>,
    ) -> impl Future<Output = anyhow::Result<Option<DateTime<Utc>>>> + Send {
        async move {
            let _ = after;
            Ok(None)
        }
    }
}

/// Runs a task until `stop`. Only one process runs it at a time; others stand by. The clock is that
/// of the database, which all processes share.
pub async fn run_task<T: Task>(pool: &PgPool, leases: &Leases, task: &T, stop: CancellationToken) {
    let work = |stop| run_with_retries(pool, task, stop);
    leases.run_as_leader(&consumer_name(T::NAME), stop, work).await;
}

async fn run_with_retries<T: Task>(pool: &PgPool, task: &T, stop: CancellationToken) {
    while let Err(why) = run_windows(pool, task, &stop).await {
        if is_missing_table(&why) {
            // At the first start: projectors make the tables of read models.
            tracing::info!(task = T::NAME, "waiting for a read model: {why:#}");
        } else {
            tracing::warn!(task = T::NAME, "trying again in {RETRY_PAUSE:?}: {why:#}");
        }
        if stop.run_until_cancelled(sleep(RETRY_PAUSE)).await.is_none() {
            return;
        }
    }
}

fn is_missing_table(why: &anyhow::Error) -> bool {
    let error = why.chain().find_map(|cause| cause.downcast_ref::<sqlx::Error>());
    let error = error.and_then(sqlx::Error::as_database_error);
    error.is_some_and(|error| error.code().is_some_and(|code| code == "42P01"))
}

/// Runs window after window until `stop`; a window that has begun is finished first.
async fn run_windows<T: Task>(
    pool: &PgPool,
    task: &T,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    while !stop.is_cancelled() {
        let wait = run_due_window(pool, task).await?;
        stop.run_until_cancelled(sleep(wait)).await;
    }
    Ok(())
}

/// Runs a window if one is due. Answers how long to wait for the next.
async fn run_due_window<T: Task>(pool: &PgPool, task: &T) -> anyhow::Result<Duration> {
    let (done, now) = read_times(pool, T::NAME).await?;
    let exact = task.next_due(done).await?;
    // What is parked is retried when its pause is over, even if no other window is due.
    let consumer = consumer_name(T::NAME);
    ParkedStream::count_and_record_metric(pool, &consumer).await?;
    let retry_at = ParkedStream::next_retry(pool, &consumer).await?;
    let regular = done + T::EVERY;
    let next = exact.into_iter().chain(retry_at).fold(regular, Ord::min);
    if now < next {
        let wait = (next - now).to_std().unwrap_or_default();
        return Ok(wait.min(MAX_SLEEP));
    }
    // Half-open: what is due at this very moment belongs to it.
    let until = now + Duration::from_micros(1);
    let window = Window { from: done, until };
    catch_panic(task.run(window))
        .await
        .with_context(|| format!("{} from {done} to {until}", T::NAME))?;
    sqlx::query("update workers.tasks set done_until = $2 where name = $1")
        .bind(T::NAME)
        .bind(until)
        .execute(pool)
        .await?;
    Ok(MIN_PAUSE)
}

/// Where the task's last window ended (a new task starts now), and the time. If the clock was set back,
/// so is the task, instead of waiting until that time comes again.
async fn read_times(pool: &PgPool, name: &str) -> sqlx::Result<(DateTime<Utc>, DateTime<Utc>)> {
    let sql = "select least(done_until, now), now from workers.tasks, clock_timestamp() now
               where name = $1";
    let set_back = "update workers.tasks set done_until = clock_timestamp()
                where name = $1 and done_until > clock_timestamp() + interval '1 minute'";
    sqlx::query(set_back).bind(name).execute(pool).await?;
    if let Some(times) = sqlx::query_as(sql).bind(name).fetch_optional(pool).await? {
        return Ok(times);
    }
    sqlx::query("insert into workers.tasks (name, done_until) values ($1, clock_timestamp())")
        .bind(name)
        .execute(pool)
        .await?;
    sqlx::query_as(sql).bind(name).fetch_one(pool).await
}
