//! The one task of a process that writes events.
//!
//! It takes all commands that wait and appends them in one transaction, so one fsync serves many
//! (group commit). It never waits for more: a command that is alone goes alone.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sealing::MasterKey;
use sqlx::{ConnectOptions, PgConnection, postgres::PgConnectOptions};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::timeout,
};
use tracing::{debug, warn};

use crate::{
    Pending,
    batch::{Batch, Verdict},
    failure::unreachable,
};

/// How many commands are appended at once. More gain nothing and wait longer.
const BATCH: usize = 256;
/// How many may wait; beyond that the process is overloaded.
const WAITING: usize = 4096;
/// How long a command waits for a place among them.
const PATIENCE: Duration = Duration::from_secs(2);
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
    answer: oneshot::Sender<Result<Verdict, Lost>>,
}

/// Why the appender gives no verdict.
#[derive(Debug)]
pub(crate) enum Lost {
    /// Too many wait.
    Overloaded,
    /// The connection broke; whether it was written is not known.
    Unreachable,
    /// The store refuses what it was given.
    Refused(String),
}

impl Appender {
    /// Starts the task; it connects when there is something to append.
    pub fn start(options: PgConnectOptions, master: MasterKey) -> Self {
        let (queue, waiting) = mpsc::channel(WAITING);
        let (position, appended) = watch::channel(0);
        let task = Task { options, master, db: None, position };
        tokio::spawn(task.run(waiting));
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
    ) -> Result<Verdict, Lost> {
        if mutated("mutant.append.forget") {
            return Ok(Verdict::pretended(&pending));
        }
        let (answer, verdict) = oneshot::channel();
        let waiting = Waiting { pending, now, answer };
        self.queue.send_timeout(waiting, PATIENCE).await.map_err(|_| Lost::Overloaded)?;
        verdict.await.unwrap_or(Err(Lost::Unreachable))
    }
}

struct Task {
    options: PgConnectOptions,
    master: MasterKey,
    db: Option<PgConnection>,
    position: watch::Sender<i64>,
}

impl Task {
    async fn run(mut self, mut waiting: mpsc::Receiver<Waiting>) {
        let mut batch = Vec::with_capacity(BATCH);
        while waiting.recv_many(&mut batch, BATCH).await > 0 {
            metrics::histogram!("append_batch_commands").record(f64::from(count(batch.len())));
            self.append(std::mem::take(&mut batch)).await;
        }
    }

    async fn append(&mut self, batch: Vec<Waiting>) {
        let (pending, answers): (Vec<_>, Vec<_>) = batch
            .into_iter()
            .map(|Waiting { pending, now, answer }| ((pending, now), answer))
            .unzip();
        let now = pending.iter().map(|(_, now)| *now).max().unwrap_or_default();
        let mut columns = Batch::default();
        for (no, (pending, _)) in (0..).zip(pending) {
            columns.push(no, pending, &self.master);
        }
        fail::fail_point!("append.before_commit", |_| std::process::abort());
        let started = Instant::now();
        let verdicts = self.send(columns, now).await;
        metrics::histogram!("append_seconds").record(started.elapsed());
        fail::fail_point!("append.after_commit", |_| std::process::abort());
        self.answer(verdicts, answers);
    }

    async fn send(&mut self, columns: Batch, now: DateTime<Utc>) -> Result<Vec<Verdict>, Lost> {
        let sent = async {
            let mut db = match self.db.take() {
                Some(db) => db,
                None => self.options.connect().await?,
            };
            let verdicts = columns.append(&mut db, now).await;
            // A connection whose statement was cut short is not used again.
            if verdicts.as_ref().err().is_none_or(|error| !unreachable(error)) {
                self.db = Some(db);
            }
            verdicts
        };
        match timeout(STATEMENT, sent).await {
            Ok(Ok(verdicts)) => Ok(verdicts),
            Ok(Err(error)) if unreachable(&error) => {
                warn!(%error, "the event store cannot be reached");
                Err(Lost::Unreachable)
            }
            Ok(Err(error)) => Err(Lost::Refused(error.to_string())),
            Err(_) => {
                warn!("the event store does not answer");
                Err(Lost::Unreachable)
            }
        }
    }

    fn answer(
        &self,
        verdicts: Result<Vec<Verdict>, Lost>,
        answers: Vec<oneshot::Sender<Result<Verdict, Lost>>>,
    ) {
        let mut answers: Vec<_> = answers.into_iter().map(Some).collect();
        match verdicts {
            Ok(verdicts) => {
                let appended = verdicts.iter().filter(|verdict| verdict.outcome == "appended");
                let newest = appended.filter_map(|verdict| verdict.position).max();
                for verdict in verdicts {
                    let place = usize::try_from(verdict.no).ok();
                    let answer = place.and_then(|place| answers.get_mut(place)?.take());
                    if let Some(answer) = answer {
                        // Whoever no longer waits has given up; what is written stays written.
                        let _ = answer.send(Ok(verdict));
                    }
                }
                if let Some(newest) = newest {
                    debug!(newest, "appended");
                    self.position.send_replace(newest);
                }
            }
            Err(Lost::Refused(why)) => {
                for answer in answers.into_iter().flatten() {
                    let _ = answer.send(Err(Lost::Refused(why.clone())));
                }
            }
            // Dropped answers say that nothing is known.
            Err(Lost::Unreachable | Lost::Overloaded) => {}
        }
    }
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
