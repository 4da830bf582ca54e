//! A worker on its way through the log.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use bus::Tail;
use domain::{Raw, platform::SUBJECT};
use fail::fail_point;
use futures::{TryStreamExt, stream};
use lease::{Lease, lead};
use metrics::{counter, gauge};
use projections::{Feed, log};
use sealing::{KeyRing, Keys};
use sqlx::{Connection, PgConnection, PgPool};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{On, Parked};

/// How many events are reacted to before the checkpoint moves.
const BATCH: usize = 500;
/// How many aggregates are served at once, so that their commands are appended together.
const AT_ONCE: usize = 32;
/// How long after each failure the same event is tried again. After the last it is parked.
const AGAIN: [Duration; 4] = [
    Duration::from_millis(50),
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(8),
];
/// How often parked streams are tried again: what the world refused then it may accept now.
const RETRY: Duration = Duration::from_mins(1);
/// The pauses after failures that are nobody's fault, doubled each time, between these two.
const PAUSES: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(10));

/// Where a worker that never ran begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// With the first event: for what must come to be for every one of them.
    First,
    /// After those that happened before it was installed: nobody is told old news (NOT-4).
    Now,
}

/// A group of reactions with one checkpoint.
#[derive(Clone)]
pub struct Worker {
    pub name: &'static str,
    pub begin: Begin,
    pub reactions: Vec<On>,
}

/// What workers run on. Cheap to clone.
#[derive(Clone)]
pub struct Workers {
    pool: PgPool,
    ring: KeyRing,
    tail: Option<Tail>,
}

type Stream<'a> = (&'a str, Uuid);

impl Workers {
    /// Without a bus they ask the log ten times a second.
    pub fn new(pool: PgPool, ring: KeyRing, tail: Option<Tail>) -> Self {
        Self { pool, ring, tail }
    }

    /// Enters a worker that never ran: nothing that happens from now on passes it by.
    pub async fn enter(&self, worker: &Worker) -> sqlx::Result<()> {
        let mut db = self.pool.acquire().await?;
        begin(&mut db, worker).await.map(drop)
    }

    /// Lets a worker work until `stop`. Only one process does it at a time; others stand by.
    pub async fn run(&self, worker: &Worker, stop: CancellationToken) {
        let database = self.pool.connect_options();
        lead(&database, &lease_of(worker.name), stop, |stop| self.work(worker, stop)).await;
    }

    async fn work(&self, worker: &Worker, stop: CancellationToken) {
        let mut pause = PAUSES.0;
        while let Some(outcome) = stop.run_until_cancelled(self.follow(worker, &mut pause)).await {
            if let Err(why) = outcome {
                counter!("servicebook_worker_failures_total", "worker" => worker.name).increment(1);
                tracing::warn!(worker = worker.name, "trying again in {pause:?}: {why:#}");
            }
            if stop.run_until_cancelled(sleep(pause)).await.is_none() {
                return;
            }
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// Reacts to what is in the log now, and ends. Answers how far it came.
    pub async fn catch_up(&self, worker: &Worker) -> anyhow::Result<i64> {
        let lease = Lease::take(&self.pool.connect_options(), &lease_of(worker.name)).await?;
        lease.during(Box::pin(self.catch_up_alone(worker))).await?
    }

    async fn catch_up_alone(&self, worker: &Worker) -> anyhow::Result<i64> {
        let mut db = session(&self.pool).await?;
        let mut position = begin(&mut db, worker).await?;
        self.retry(&mut db, worker, position).await?;
        let (streams, head) = (worker.streams(), log::head(&mut db).await?);
        while position < head {
            let batch = log::page(&mut db, &streams, position, head, BATCH).await?;
            self.react(worker, batch.events).await?;
            position = batch.upto;
            advance(&mut db, worker.name, position).await?;
        }
        Ok(position)
    }

    async fn follow(&self, worker: &Worker, pause: &mut Duration) -> anyhow::Result<()> {
        let mut db = session(&self.pool).await?;
        let mut position = begin(&mut db, worker).await?;
        let mut feed = Feed::new(self.pool.clone(), worker.streams(), BATCH, self.tail.as_ref());
        let mut retried = Instant::now();
        loop {
            let next = timeout(RETRY, feed.next(position)).await;
            if retried.elapsed() >= RETRY {
                self.retry(&mut db, worker, position).await?;
                retried = Instant::now();
            }
            let Ok(batch) = next else { continue };
            let batch = batch?;
            let events = batch.events.len() as u64;
            self.react(worker, batch.events).await?;
            fail_point!("worker.after_effect_before_checkpoint", |_| std::process::abort());
            position = batch.upto;
            advance(&mut db, worker.name, position).await?;
            *pause = PAUSES.0;
            measure(worker.name, position, events);
        }
    }

    /// Tries once more what was parked, and what came after it up to a position.
    async fn retry(&self, db: &mut PgConnection, worker: &Worker, upto: i64) -> anyhow::Result<()> {
        for parked in Parked::of(&self.pool, worker.name).await? {
            let facts = log::of_aggregate(db, &parked.stream, parked.id, upto).await?;
            let waiting: Vec<_> =
                facts.into_iter().filter(|fact| fact.version >= parked.version).collect();
            let keys = self.keys(&waiting).await?;
            if self.in_order(worker, &waiting, &keys, &[]).await? {
                parked.release(&self.pool, worker.name).await?;
            }
        }
        Ok(())
    }

    /// Reacts to all of these, aggregates side by side, the events of each in order.
    async fn react(&self, worker: &Worker, events: Vec<Raw>) -> anyhow::Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        let parked = Parked::of(&self.pool, worker.name).await?;
        let parked: HashSet<Stream<'_>> =
            parked.iter().map(|parked| (parked.stream.as_str(), parked.id)).collect();
        for event in events.iter().filter(|event| event.stream == SUBJECT) {
            self.ring.forget(event.id);
        }
        let keys = self.keys(&events).await?;
        let mut order = Vec::new();
        let mut by_aggregate: HashMap<(String, Uuid), Vec<Raw>> = HashMap::new();
        for event in events {
            if parked.contains(&(event.stream.as_str(), event.id)) {
                continue;
            }
            let aggregate = (event.stream.clone(), event.id);
            let facts = by_aggregate.entry(aggregate.clone()).or_default();
            if facts.is_empty() {
                order.push(aggregate);
            }
            facts.push(event);
        }
        let facts = order.into_iter().filter_map(|aggregate| by_aggregate.remove(&aggregate));
        stream::iter(facts.map(anyhow::Ok))
            .try_for_each_concurrent(AT_ONCE, async |facts| {
                self.in_order(worker, &facts, &keys, &AGAIN).await.map(drop)
            })
            .await
    }

    /// Reacts to events of one aggregate until one fails for good and is parked; says whether
    /// none did.
    async fn in_order(
        &self,
        worker: &Worker,
        facts: &[Raw],
        keys: &Keys,
        pauses: &[Duration],
    ) -> anyhow::Result<bool> {
        for fact in facts {
            if let Err(why) = patiently(worker, fact, keys, pauses).await {
                let error = format!("{why:#}");
                tracing::error!(
                    worker = worker.name, stream = fact.stream, id = %fact.id,
                    version = fact.version, error, "a stream is parked"
                );
                Parked::park(&self.pool, worker.name, fact, &error).await?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn keys(&self, facts: &[Raw]) -> sqlx::Result<Keys> {
        let subjects: HashSet<_> =
            facts.iter().flat_map(|fact| &fact.meta.subjects).copied().collect();
        self.ring.opener(subjects).await
    }
}

impl Worker {
    /// The streams it reacts to, and the one that tells whose keys must no longer be used.
    fn streams(&self) -> Vec<String> {
        let own = self.reactions.iter().map(|on| on.stream);
        let names: HashSet<_> = own.chain([SUBJECT]).collect();
        names.into_iter().map(str::to_owned).collect()
    }
}

/// Reacts to one event, and again while it fails.
async fn patiently(
    worker: &Worker,
    fact: &Raw,
    keys: &Keys,
    pauses: &[Duration],
) -> anyhow::Result<()> {
    let mut pauses = pauses.iter();
    'again: loop {
        for on in worker.reactions.iter().filter(|on| on.stream == fact.stream) {
            if let Err(why) = on.react(fact, keys).await {
                let Some(pause) = pauses.next() else { return Err(why) };
                tracing::debug!(worker = worker.name, "trying again in {pause:?}: {why:#}");
                sleep(*pause).await;
                continue 'again;
            }
        }
        return Ok(());
    }
}

/// What a worker or a task is called among the leases.
pub(crate) fn lease_of(name: &str) -> String {
    format!("worker/{name}")
}

/// A connection for checkpoints. Its commits do not wait for the disk: whoever reacts again to an
/// event changes nothing.
pub(crate) async fn session(pool: &PgPool) -> sqlx::Result<PgConnection> {
    let mut db = PgConnection::connect_with(&pool.connect_options()).await?;
    sqlx::query("set synchronous_commit = off").execute(&mut db).await?;
    Ok(db)
}

/// Where the worker goes on; a new one is entered.
async fn begin(db: &mut PgConnection, worker: &Worker) -> sqlx::Result<i64> {
    let first = match worker.begin {
        Begin::First => 0,
        Begin::Now => log::head(db).await?,
    };
    sqlx::query_scalar(
        "insert into workers.checkpoints (name, position, updated_at)
         values ($1, $2, clock_timestamp())
         on conflict (name) do update set updated_at = excluded.updated_at
         returning position",
    )
    .bind(worker.name)
    .bind(first)
    .fetch_one(db)
    .await
}

async fn advance(db: &mut PgConnection, name: &str, position: i64) -> sqlx::Result<()> {
    sqlx::query(
        "update workers.checkpoints set position = $2, updated_at = clock_timestamp()
         where name = $1 and position < $2",
    )
    .bind(name)
    .bind(position)
    .execute(db)
    .await?;
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "metrics are floating-point numbers")]
fn measure(name: &'static str, position: i64, events: u64) {
    gauge!("servicebook_worker_position", "worker" => name).set(position as f64);
    counter!("servicebook_worker_events_total", "worker" => name).increment(events);
}
