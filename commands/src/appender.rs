//! The one task of a process that writes events.
//!
//! It takes all commands that wait and appends them in one transaction, so one fsync serves many
//! (group commit). It never waits for more: a command that is alone goes alone.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sealing::MasterKey;
use sqlx::{
    ConnectOptions, Connection, PgConnection,
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
    batch::{Batch, Pending},
    clock::{APART, LOOK, SteadyClock, apart},
    failure::Outage,
    runs::runs,
};

/// How many commands are appended at once. More gain nothing and wait longer.
const BATCH: usize = 256;
/// How many may wait; beyond that the process is overloaded.
const WAITING: usize = 4096;
/// How long a command waits for a place among them.
const PATIENCE: Duration = Duration::from_secs(2);
/// After how long without a command it is looked whether the connection still stands.
const IDLE: Duration = Duration::from_secs(1);
/// How long a statement may take before its connection counts as lost.
const STATEMENT: Duration = Duration::from_secs(10);

/// Hands commands to the appending task. Cheap to clone; the task ends with the last clone.
#[derive(Clone)]
pub struct Appender {
    queue: mpsc::Sender<Waiting>,
    appended: watch::Receiver<i64>,
}

struct Waiting {
    pending: Pending,
    now: DateTime<Utc>,
    answer: oneshot::Sender<Result<Verdict, AppendError>>,
}

/// What the store says to one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is recorded; the position is that of its last event.
    Appended { position: i64 },
    /// A command with its key was recorded before.
    Repeated,
    /// Somebody was faster with this version, with something that was looked up for it, or with the
    /// key of a new data subject.
    Conflict,
    /// Somebody else holds what it claims.
    Taken { what: String },
    /// An event is larger than a message on the bus may be.
    TooLarge,
    /// It is sealed with the key of somebody who was erased meanwhile.
    Erased { subject: Uuid },
}

/// Why the appender gives no verdict.
#[derive(Debug, Clone)]
pub(crate) enum AppendError {
    /// Too many wait.
    Overloaded,
    /// The connection broke; whether it was written is not known.
    Unreachable,
    /// The clocks of this process and of the database disagree, or one has just jumped.
    Clocks,
    /// The store refuses what it was given.
    Refused(String),
}

/// What became of a batch.
enum Sent {
    /// All of it is recorded, after this position.
    Wholly(i64),
    /// Nothing is; this stands in the way of one of its commands.
    Not(Verdict),
    Lost(AppendError),
}

impl Appender {
    /// Starts the task; it connects when there is something to append. If it is given the world's
    /// clock it appends only while the database's agrees.
    pub(crate) fn start(
        options: PgConnectOptions,
        master: MasterKey,
        clock: Option<SteadyClock>,
    ) -> Self {
        let (queue, waiting) = mpsc::channel(WAITING);
        let (position, appended) = watch::channel(0);
        let task = Task { options, master, clock, db: None, used: Instant::now(), position };
        tokio::spawn(task.run(waiting, LOOK));
        Self { queue, appended }
    }

    /// The position of the newest event that this process appended; changes with each batch.
    pub fn appended(&self) -> watch::Receiver<i64> {
        self.appended.clone()
    }

    pub(crate) async fn append(
        &self,
        pending: Pending,
        now: DateTime<Utc>,
    ) -> Result<Verdict, AppendError> {
        if mutated("mutant.append.forget") {
            return Ok(Verdict::Appended { position: i64::MAX });
        }
        let (answer, verdict) = oneshot::channel();
        let waiting = Waiting { pending, now, answer };
        self.queue.send_timeout(waiting, PATIENCE).await.map_err(|_| AppendError::Overloaded)?;
        verdict.await.unwrap_or(Err(AppendError::Unreachable))
    }
}

struct Task {
    options: PgConnectOptions,
    master: MasterKey,
    clock: Option<SteadyClock>,
    db: Option<PgConnection>,
    /// When it was last used.
    used: Instant,
    position: watch::Sender<i64>,
}

impl Task {
    async fn run(mut self, mut waiting: mpsc::Receiver<Waiting>, look: Duration) {
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            match timeout(look, waiting.recv_many(&mut batch, BATCH)).await {
                Ok(0) => return,
                Ok(_) => {}
                Err(_) => {
                    self.clock.as_mut().map(SteadyClock::now);
                    continue;
                }
            }
            // Whoever is deciding at this moment comes along: everything that is ready to run has
            // its turn, until that brings nobody more. Alone, it costs a command microseconds.
            let mut before = 0;
            while batch.len() > before && batch.len() < BATCH {
                before = batch.len();
                yield_now().await;
                while batch.len() < BATCH
                    && let Ok(more) = waiting.try_recv()
                {
                    batch.push(more);
                }
            }
            metrics::histogram!("append_batch_commands").record(f64::from(count(batch.len())));
            self.append(std::mem::take(&mut batch)).await;
        }
    }

    /// Appends them in one transaction, or as many as what they looked up asks for; where one
    /// stands in the way, those before and those after the middle apart, until it stands alone.
    async fn append(&mut self, batch: Vec<Waiting>) {
        let clock = self.clock.as_mut().map(SteadyClock::now);
        let mut commands = Vec::with_capacity(batch.len());
        let mut answers = Vec::with_capacity(batch.len());
        let mut now = DateTime::UNIX_EPOCH;
        for waiting in batch {
            if clock.is_some_and(|clock| apart(clock, waiting.now)) {
                let _ = waiting.answer.send(Err(AppendError::Clocks));
                continue;
            }
            commands.push(waiting.pending);
            answers.push(waiting.answer);
            now = now.max(waiting.now);
        }
        let mut answers = answers.into_iter();
        let mut left = runs(&commands);
        left.reverse();
        while let Some(commands) = left.pop() {
            let mut answer = |verdict| {
                if let Some(answer) = answers.next() {
                    // Whoever no longer waits has given up; what is written stays written.
                    let _ = answer.send(verdict);
                }
            };
            match self.send(commands, now, clock).await {
                Sent::Wholly(mut position) => {
                    for Pending { events, .. } in commands {
                        position += i64::from(count(events.len()));
                        let last = if events.is_empty() { 0 } else { position };
                        answer(Ok(Verdict::Appended { position: last }));
                    }
                    debug!(position, "appended");
                    self.position.send_replace(position);
                }
                Sent::Not(_) if commands.len() > 1 => {
                    let (first, second) = commands.split_at(commands.len() / 2);
                    left.extend([second, first]);
                }
                Sent::Not(verdict) => answer(Ok(verdict)),
                Sent::Lost(lost @ AppendError::Refused(_)) => {
                    for _ in commands {
                        answer(Err(lost.clone()));
                    }
                }
                // All others would wait as long to hear the same.
                Sent::Lost(lost) => {
                    for answer in answers.by_ref() {
                        let _ = answer.send(Err(lost.clone()));
                    }
                    return;
                }
            }
        }
    }

    async fn send(
        &mut self,
        commands: &[Pending],
        now: DateTime<Utc>,
        clock: Option<DateTime<Utc>>,
    ) -> Sent {
        let mut batch = Batch::default();
        for command in commands {
            batch.push(command, &self.master);
        }
        fail::fail_point!("append.before_commit", |_| std::process::abort());
        let started = Instant::now();
        let sent = timeout(STATEMENT, self.call(batch, now, clock)).await;
        metrics::histogram!("append_seconds").record(started.elapsed());
        fail::fail_point!("append.after_commit", |_| std::process::abort());
        match sent {
            Ok(Ok((before, ahead))) => {
                metrics::gauge!("log_ahead_seconds").set(ahead);
                if ahead > APART.as_seconds_f64() {
                    warn!("the last event is dated {ahead} seconds ahead of the clock");
                }
                Sent::Wholly(before)
            }
            Ok(Err(error)) if clocks_disagree(&error) => {
                error!(%error, "nothing is recorded");
                Sent::Lost(AppendError::Clocks)
            }
            Ok(Err(error)) if Outage::of(&error).is_some() => {
                warn!(%error, "the event store cannot be reached");
                Sent::Lost(AppendError::Unreachable)
            }
            Ok(Err(error)) => match violated(&error) {
                Some(Verdict::Conflict) if is_about_the_master_key(&error) => {
                    self.master.reload();
                    Sent::Not(Verdict::Conflict)
                }
                Some(verdict) => Sent::Not(verdict),
                None if commands.len() > 1 => Sent::Not(Verdict::Conflict),
                None => Sent::Lost(AppendError::Refused(error.to_string())),
            },
            Err(_) => {
                warn!("the event store does not answer");
                Sent::Lost(AppendError::Unreachable)
            }
        }
    }

    async fn call(
        &mut self,
        batch: Batch<'_>,
        now: DateTime<Utc>,
        clock: Option<DateTime<Utc>>,
    ) -> sqlx::Result<(i64, f64)> {
        let kept = match self.db.take() {
            // A server that went meanwhile is found out before it is given a command.
            Some(mut db) if self.used.elapsed() > IDLE => db.ping().await.is_ok().then_some(db),
            kept => kept,
        };
        let mut db = match kept {
            Some(db) => db,
            None => self.options.connect().await?,
        };
        self.used = Instant::now();
        let answer = batch.append(&mut db, now, clock).await;
        // A connection whose statement was cut short is not used again. One on which there was only no
        // room is: while the disk is full there may be no other.
        if answer.as_ref().err().and_then(Outage::of) != Some(Outage::Connection) {
            self.db = Some(db);
        }
        answer
    }
}

/// What the violation of a constraint means for the command.
fn violated(error: &sqlx::Error) -> Option<Verdict> {
    let error = error.as_database_error()?;
    match (error.code()?.as_ref(), error.constraint()?) {
        ("23514", "events_size") => Some(Verdict::TooLarge),
        ("23505" | "23P01", "claims_unique" | "claims_during") => {
            // Key (what, …)=(vin, …) already exists.
            let detail = error.try_downcast_ref::<PgDatabaseError>()?.detail()?;
            let (_, values) = detail.split_once("=(")?;
            let (what, _) = values.split_once(',')?;
            Some(Verdict::Taken { what: what.to_owned() })
        }
        ("40001", "erased") => {
            let detail = error.try_downcast_ref::<PgDatabaseError>()?.detail()?;
            Some(Verdict::Erased { subject: detail.parse().ok()? })
        }
        ("23505", "idempotency_pkey") => Some(Verdict::Repeated),
        // Or the master key was exchanged: the keys of new people must be wrapped by the new one.
        ("23503", "subjects_master_fkey") | ("23505" | "23P01", _) | ("40001", "reads") => {
            Some(Verdict::Conflict)
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

/// Whether a test wants this program to do a certain wrong thing, to see whether the checkers find
/// it. Never in a release.
pub(crate) fn mutated(fault: &str) -> bool {
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
        let task = Task { options, master, clock, db: None, used, position };
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
