//! The one task of a process that writes events.
//!
//! It appends all queued commands in one transaction, so that one fsync serves many (group commit). It
//! never waits for more commands.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sealing::MasterKey;
use serde::Deserialize;
use sqlx::{
    ConnectOptions, Connection, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgDatabaseError},
};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::yield_now,
    time::timeout,
};
use tracing::{debug, error, warn};
use uuid::Uuid;

use crate::{
    batch::{AppendedBatch, Batch, PendingAppend},
    clock::{CHECK_INTERVAL, MAX_CLOCK_SKEW, SteadyClock, clocks_differ},
    failure::{ClaimedPeriod, Outage},
    runs::split_into_independent_runs,
};

/// The most commands that are appended at once. More gain nothing and wait longer.
const MAX_BATCH: usize = 256;
/// How many commands may be queued; beyond that the process is overloaded.
const QUEUE_CAPACITY: usize = 4096;
/// How long a command waits for a place in the queue.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(2);
/// After how long without a command the connection is checked before it is used.
const PING_AFTER: Duration = Duration::from_secs(1);
/// How long a statement may take before its connection counts as lost.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(10);

/// Hands commands to the appending task. Cheap to clone; the task ends with the last clone.
#[derive(Clone)]
pub struct Appender {
    queue: mpsc::Sender<QueuedCommand>,
    appended: watch::Receiver<i64>,
}

struct QueuedCommand {
    pending: PendingAppend,
    now: DateTime<Utc>,
    answer: oneshot::Sender<Result<AppendOutcome, AppendError>>,
}

/// The answer of the store to one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AppendOutcome {
    /// It is recorded; `position` is that of its last event.
    Appended { position: i64 },
    /// A command with the same idempotency key was recorded before.
    Repeated,
    /// Another command was faster with this version, changed what was looked up for the decision, or
    /// created the same data subject.
    Conflict,
    /// Another aggregate holds what it claims.
    Taken { what: String, time: Option<ClaimedPeriod> },
    /// An event is larger than a message on the bus may be.
    TooLarge,
    /// It is sealed with the key of a person who was erased meanwhile.
    Erased { subject: Uuid },
}

/// Why the store gave no answer.
#[derive(Debug, Clone)]
pub(crate) enum AppendError {
    /// Too many commands are queued.
    Overloaded,
    /// The connection broke; it is unknown whether the command was recorded.
    Unreachable,
    /// The clocks of this process and of the database disagree, or one has just jumped.
    Clocks,
    /// The store refused the statement.
    Refused(String),
}

/// The result of appending a batch.
enum BatchOutcome {
    /// All commands are recorded, after this position.
    Appended(i64),
    /// Nothing is recorded, because of one of the commands.
    Rejected(AppendOutcome),
    Failed(AppendError),
}

impl Appender {
    /// Starts the task, which connects when there is something to append. With a clock it appends only
    /// while the database's clock agrees.
    pub(crate) fn start(
        options: PgConnectOptions,
        master: MasterKey,
        clock: Option<SteadyClock>,
    ) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE_CAPACITY);
        let (position, appended) = watch::channel(0);
        let task = AppendTask { options, master, clock, db: None, used: Instant::now(), position };
        tokio::spawn(task.run(waiting, CHECK_INTERVAL));
        Self { queue, appended }
    }

    /// The position of the newest event that this process appended; changes with each batch.
    pub fn watch_appended_position(&self) -> watch::Receiver<i64> {
        self.appended.clone()
    }

    pub(crate) async fn append(
        &self,
        pending: PendingAppend,
        now: DateTime<Utc>,
    ) -> Result<AppendOutcome, AppendError> {
        if is_fault_injected("mutant.append.forget") {
            return Ok(AppendOutcome::Appended { position: i64::MAX });
        }
        let (answer, outcome) = oneshot::channel();
        let waiting = QueuedCommand { pending, now, answer };
        self.queue
            .send_timeout(waiting, QUEUE_TIMEOUT)
            .await
            .map_err(|_| AppendError::Overloaded)?;
        outcome.await.unwrap_or(Err(AppendError::Unreachable))
    }
}

/// What appending a command would come to now: it is appended, and that is rolled back.
pub(crate) async fn append_and_roll_back(
    db: &PgPool,
    master: &MasterKey,
    pending: &PendingAppend,
    now: DateTime<Utc>,
) -> sqlx::Result<AppendOutcome> {
    let mut batch = Batch::default();
    batch.push(pending, master);
    let mut transaction = event_store::begin(db).await?;
    let appended = batch.append(&mut transaction, now, None).await;
    transaction.rollback().await?;
    match appended {
        Ok(batch) => Ok(AppendOutcome::Appended { position: batch.position_before }),
        Err(error) => outcome_of_violation(&error).ok_or(error),
    }
}

struct AppendTask {
    options: PgConnectOptions,
    master: MasterKey,
    clock: Option<SteadyClock>,
    db: Option<PgConnection>,
    /// When it was last used.
    used: Instant,
    position: watch::Sender<i64>,
}

impl AppendTask {
    async fn run(mut self, mut waiting: mpsc::Receiver<QueuedCommand>, interval: Duration) {
        let mut batch = Vec::with_capacity(MAX_BATCH);
        loop {
            match timeout(interval, waiting.recv_many(&mut batch, MAX_BATCH)).await {
                Ok(0) => return,
                Ok(_) => {}
                Err(_) => {
                    self.clock.as_ref().map(SteadyClock::now);
                    continue;
                }
            }
            // Let all tasks run that are ready, until no further command is queued: decisions that are
            // being made join this batch. It costs a single command microseconds.
            let mut before = 0;
            while batch.len() > before && batch.len() < MAX_BATCH {
                before = batch.len();
                yield_now().await;
                while batch.len() < MAX_BATCH
                    && let Ok(more) = waiting.try_recv()
                {
                    batch.push(more);
                }
            }
            metrics::histogram!("append_batch_commands").record(f64::from(count(batch.len())));
            self.append(std::mem::take(&mut batch)).await;
        }
    }

    /// Appends the commands in one transaction, or in several if some read what others change. A rejected
    /// batch is split in halves until the rejected command is alone.
    async fn append(&mut self, batch: Vec<QueuedCommand>) {
        let clock = self.clock.as_ref().map(SteadyClock::now);
        let mut commands = Vec::with_capacity(batch.len());
        let mut answers = Vec::with_capacity(batch.len());
        let mut now = DateTime::UNIX_EPOCH;
        for waiting in batch {
            if clock.is_some_and(|clock| clocks_differ(clock, waiting.now)) {
                let _ = waiting.answer.send(Err(AppendError::Clocks));
                continue;
            }
            commands.push(waiting.pending);
            answers.push(waiting.answer);
            now = now.max(waiting.now);
        }
        let mut answers = answers.into_iter();
        let mut remaining = split_into_independent_runs(&commands);
        remaining.reverse();
        while let Some(commands) = remaining.pop() {
            let mut answer = |outcome| {
                if let Some(answer) = answers.next() {
                    // The caller may have given up; recorded events stay recorded.
                    let _ = answer.send(outcome);
                }
            };
            match self.send(commands, now, clock).await {
                BatchOutcome::Appended(mut position) => {
                    for PendingAppend { events, .. } in commands {
                        position += i64::from(count(events.len()));
                        let last = if events.is_empty() { 0 } else { position };
                        answer(Ok(AppendOutcome::Appended { position: last }));
                    }
                    debug!(position, "appended");
                    self.position.send_replace(position);
                }
                BatchOutcome::Rejected(_) if commands.len() > 1 => {
                    let (first, second) = commands.split_at(commands.len() / 2);
                    remaining.extend([second, first]);
                }
                BatchOutcome::Rejected(outcome) => answer(Ok(outcome)),
                BatchOutcome::Failed(error @ AppendError::Refused(_)) => {
                    for _ in commands {
                        answer(Err(error.clone()));
                    }
                }
                // The others would fail in the same way, as slowly.
                BatchOutcome::Failed(error) => {
                    for answer in answers.by_ref() {
                        let _ = answer.send(Err(error.clone()));
                    }
                    return;
                }
            }
        }
    }

    async fn send(
        &mut self,
        commands: &[PendingAppend],
        now: DateTime<Utc>,
        clock: Option<DateTime<Utc>>,
    ) -> BatchOutcome {
        let mut batch = Batch::default();
        for command in commands {
            batch.push(command, &self.master);
        }
        fail::fail_point!("append.before_commit", |_| std::process::abort());
        let started = Instant::now();
        let sent = timeout(STATEMENT_TIMEOUT, self.call_store(batch, now, clock)).await;
        metrics::histogram!("append_seconds").record(started.elapsed());
        fail::fail_point!("append.after_commit", |_| std::process::abort());
        match sent {
            Ok(Ok(AppendedBatch { position_before, seconds_ahead })) => {
                metrics::gauge!("log_ahead_seconds").set(seconds_ahead);
                if seconds_ahead > MAX_CLOCK_SKEW.as_seconds_f64() {
                    warn!("the last event is dated {seconds_ahead} seconds ahead of the clock");
                }
                BatchOutcome::Appended(position_before)
            }
            Ok(Err(error)) if clocks_disagree(&error) => {
                error!(%error, "nothing is recorded");
                BatchOutcome::Failed(AppendError::Clocks)
            }
            Ok(Err(error)) if Outage::from_sqlx(&error).is_some() => {
                warn!(%error, "the event store cannot be reached");
                BatchOutcome::Failed(AppendError::Unreachable)
            }
            Ok(Err(error)) => match outcome_of_violation(&error) {
                Some(AppendOutcome::Conflict) if is_about_the_master_key(&error) => {
                    self.master.reload();
                    BatchOutcome::Rejected(AppendOutcome::Conflict)
                }
                Some(outcome) => BatchOutcome::Rejected(outcome),
                None if commands.len() > 1 => BatchOutcome::Rejected(AppendOutcome::Conflict),
                None => BatchOutcome::Failed(AppendError::Refused(error.to_string())),
            },
            Err(_) => {
                warn!("the event store does not answer");
                BatchOutcome::Failed(AppendError::Unreachable)
            }
        }
    }

    async fn call_store(
        &mut self,
        batch: Batch<'_>,
        now: DateTime<Utc>,
        clock: Option<DateTime<Utc>>,
    ) -> sqlx::Result<AppendedBatch> {
        let connection = match self.db.take() {
            // A lost connection must be noticed before a command is sent.
            Some(mut db) if self.used.elapsed() > PING_AFTER => {
                db.ping().await.is_ok().then_some(db)
            }
            connection => connection,
        };
        let mut db = match connection {
            Some(db) => db,
            None => self.options.connect().await?,
        };
        self.used = Instant::now();
        let answer = batch.append(&mut db, now, clock).await;
        // A connection whose statement was interrupted is not used again. One that failed for lack of room
        // is: while the disk is full no other may be possible.
        if answer.as_ref().err().and_then(Outage::from_sqlx) != Some(Outage::Connection) {
            self.db = Some(db);
        }
        answer
    }
}

/// What the store says of a claim for a time that would be one too many.
#[derive(Deserialize)]
struct FullTime {
    what: String,
    #[serde(flatten)]
    time: ClaimedPeriod,
}

/// What the violation of a constraint means for the command.
fn outcome_of_violation(error: &sqlx::Error) -> Option<AppendOutcome> {
    let error = error.as_database_error()?;
    match (error.code()?.as_ref(), error.constraint()?) {
        ("23514", "events_size") => Some(AppendOutcome::TooLarge),
        ("23P01", "claims_during") => {
            let detail = error.try_downcast_ref::<PgDatabaseError>()?.detail()?;
            let FullTime { what, time } = serde_json::from_str(detail).ok()?;
            Some(AppendOutcome::Taken { what, time: Some(time) })
        }
        ("23505", "claims_unique") => {
            // Key (what, …)=(vin, …) already exists.
            let detail = error.try_downcast_ref::<PgDatabaseError>()?.detail()?;
            let (_, values) = detail.split_once("=(")?;
            let (what, _) = values.split_once(',')?;
            Some(AppendOutcome::Taken { what: what.to_owned(), time: None })
        }
        ("40001", "erased") => {
            let detail = error.try_downcast_ref::<PgDatabaseError>()?.detail()?;
            Some(AppendOutcome::Erased { subject: detail.parse().ok()? })
        }
        ("23505", "idempotency_pkey") => Some(AppendOutcome::Repeated),
        // The foreign key fails when the master key was rotated: new keys must be wrapped by the new one.
        ("23503", "subjects_master_fkey") | ("23505" | "23P01", _) | ("40001", "reads") => {
            Some(AppendOutcome::Conflict)
        }
        _ => None,
    }
}

fn clocks_disagree(error: &sqlx::Error) -> bool {
    let error = error.as_database_error();
    error.is_some_and(|error| error.constraint() == Some("clocks"))
}

fn is_about_the_master_key(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|error| error.constraint()) == Some("subjects_master_fkey")
}

/// Whether a test has enabled a deliberate fault, to prove that the checks find it. Never in a release.
pub(crate) fn is_fault_injected(fault: &str) -> bool {
    let _ = fault;
    fail::fail_point!(fault, |_| true);
    false
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use super::*;

    #[tokio::test]
    async fn the_clock_is_looked_at_while_nothing_is_written() {
        let looks = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&looks);
        let clock = SteadyClock::new(Arc::new(move || {
            counted.fetch_add(1, Ordering::SeqCst);
            DateTime::UNIX_EPOCH
        }));
        let options = PgConnectOptions::new();
        let master = MasterKey::generate().unwrap();
        let (queue, waiting) = mpsc::channel(1);
        let (position, _) = watch::channel(0);
        let (clock, used) = (Some(clock), Instant::now());
        let task = AppendTask { options, master, clock, db: None, used, position };
        let running = tokio::spawn(task.run(waiting, Duration::from_millis(1)));
        let deadline = Instant::now() + Duration::from_secs(30);
        while looks.load(Ordering::SeqCst) < 5 {
            assert!(Instant::now() < deadline, "{looks:?}");
            yield_now().await;
        }
        drop(queue);
        running.await.unwrap();
    }
}
