//! A worker on its way through the log.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use bus::Tail;
use commands::Passing;
use domain::{Raw, platform::SUBJECT};
use fail::fail_point;
use futures::{TryStreamExt, stream};
use lease::{Lease, lead};
use metrics::{counter, gauge};
use projections::{
    Failed, Feed, Parked,
    log::{self, Batch},
};
use sealing::{KeyRing, Keys};
use sqlx::PgPool;
use tokio::{sync::Mutex, time::sleep, try_join};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    On, Permanent,
    checkpoint::{self, Checkpoint, qualified},
    course::{Course, never},
    panics::caught,
};

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
/// How often it is looked whether something parked is to be tried again.
const RETRY: Duration = Duration::from_secs(2);
/// How many parked streams are tried again at once.
const RETRIES: usize = 4;
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
        checkpoint::enter(&mut *self.pool.acquire().await?, worker).await
    }

    /// Lets a worker work until `stop`. Only one process does it at a time; others stand by.
    pub async fn run(&self, worker: &Worker, stop: CancellationToken) {
        let database = self.pool.connect_options();
        lead(&database, &qualified(worker.name), stop, |stop| self.work(worker, stop)).await;
    }

    async fn work(&self, worker: &Worker, stop: CancellationToken) {
        let mut pause = PAUSES.0;
        while let Err(why) = self.follow(worker, &mut pause, &stop).await {
            counter!("servicebook_worker_failures_total", "worker" => worker.name).increment(1);
            tracing::warn!(worker = worker.name, "trying again in {pause:?}: {why:#}");
            if stop.run_until_cancelled(sleep(pause)).await.is_none() {
                return;
            }
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// Reacts to what is in the log now, and to all that is parked, and ends. Answers how far it came.
    pub async fn catch_up(&self, worker: &Worker) -> anyhow::Result<i64> {
        let lease = Lease::take(&self.pool.connect_options(), &qualified(worker.name)).await?;
        lease.during(Box::pin(self.catch_up_alone(worker))).await?
    }

    async fn catch_up_alone(&self, worker: &Worker) -> anyhow::Result<i64> {
        let (mut checkpoint, stop) = (Checkpoint::open(&self.pool, worker).await?, never());
        let place = Mutex::new(checkpoint.position);
        let parked = Parked::of(&mut *self.pool.acquire().await?, &qualified(worker.name)).await?;
        for parked in parked {
            self.retry(worker, &place, parked, &stop).await?;
        }
        let mut db = self.pool.acquire().await?;
        let (streams, head) = (worker.streams(), log::head(&mut db).await?);
        while checkpoint.position < head {
            let batch = log::page(&mut db, &streams, checkpoint.position, head, BATCH).await?;
            let done = self.react(worker, batch, &stop).await?;
            checkpoint.advance(done).await?;
        }
        Ok(checkpoint.position)
    }

    /// Reacts to what happens, and in the background to what is parked, until `stop`; what was begun is
    /// then brought to its end.
    async fn follow(
        &self,
        worker: &Worker,
        pause: &mut Duration,
        stop: &CancellationToken,
    ) -> anyhow::Result<()> {
        let checkpoint = Checkpoint::open(&self.pool, worker).await?;
        let place = Mutex::new(checkpoint.position);
        let (following, retrying) = (
            self.follow_on(worker, checkpoint, &place, pause, stop),
            self.retry_on(worker, &place, stop),
        );
        try_join!(following, retrying).map(drop)
    }

    async fn follow_on(
        &self,
        worker: &Worker,
        mut checkpoint: Checkpoint,
        place: &Mutex<i64>,
        pause: &mut Duration,
        stop: &CancellationToken,
    ) -> anyhow::Result<()> {
        let mut feed = Feed::new(self.pool.clone(), worker.streams(), BATCH, self.tail.as_ref());
        while let Some(batch) = stop.run_until_cancelled(feed.next(checkpoint.position)).await {
            let batch = batch?;
            let events = batch.events.len() as u64;
            let mut place = place.lock().await;
            let done = self.react(worker, batch, stop).await?;
            fail_point!("worker.after_effect_before_checkpoint", |_| std::process::abort());
            // What was done is done: while there is no room to say so, nothing is done again.
            while let Err(why) = checkpoint.advance(done).await {
                let waits = Passing::is(&why);
                if !waits || stop.run_until_cancelled(sleep(PAUSES.1)).await.is_none() {
                    return Err(why);
                }
                tracing::warn!(worker = worker.name, "the checkpoint is tried again: {why:#}");
            }
            *place = done;
            *pause = PAUSES.0;
            measure(worker.name, done, events);
        }
        Ok(())
    }

    /// Tries again what is parked, when its time has come. That this fails keeps nobody waiting.
    async fn retry_on(
        &self,
        worker: &Worker,
        place: &Mutex<i64>,
        stop: &CancellationToken,
    ) -> anyhow::Result<()> {
        while stop.run_until_cancelled(sleep(RETRY)).await.is_some() {
            let round = async {
                let due = Parked::due(&self.pool, &qualified(worker.name)).await?;
                stream::iter(due.into_iter().map(anyhow::Ok))
                    .try_for_each_concurrent(RETRIES, async |parked| {
                        self.retry(worker, place, parked, stop).await
                    })
                    .await
            };
            if let Err(why) = round.await {
                tracing::warn!(worker = worker.name, "what is parked waits on: {why:#}");
            }
        }
        Ok(())
    }

    /// Tries once more what was parked, and what came after it; it is parked no more once nothing that
    /// the worker has passed is left. While `place` is held the worker passes nothing.
    async fn retry(
        &self,
        worker: &Worker,
        place: &Mutex<i64>,
        parked: Parked,
        stop: &CancellationToken,
    ) -> anyhow::Result<()> {
        // An event that is passed over is as good as done.
        let mut next = parked.version + i32::from(parked.discarded_by.is_some());
        loop {
            let upto = *place.lock().await;
            let waiting = self.waiting(&parked, next, upto).await?;
            let keys = self.keys(&waiting).await?;
            for fact in &waiting {
                if stop.is_cancelled() {
                    return Ok(());
                }
                if let Err(why) = patiently(worker, fact, &keys, &[], stop).await {
                    if Passing::is(&why) {
                        return Err(why);
                    }
                    return self.park(worker, fact, &why).await;
                }
                next = fact.version + 1;
            }
            let now = place.lock().await;
            if *now == upto || self.waiting(&parked, next, *now).await?.is_empty() {
                return Ok(parked.release(&mut *self.pool.acquire().await?).await?);
            }
        }
    }

    /// The events of a parked stream from a version to a position.
    async fn waiting(&self, parked: &Parked, from: i32, upto: i64) -> sqlx::Result<Vec<Raw>> {
        let mut db = self.pool.acquire().await?;
        let facts = log::of_aggregate(&mut db, &parked.stream, parked.id, upto).await?;
        Ok(facts.into_iter().filter(|fact| fact.version >= from).collect())
    }

    /// Reacts to all of these, aggregates side by side, the events of each in order. Answers up to
    /// where all is done: less than the whole batch, when it is to stop.
    async fn react(
        &self,
        worker: &Worker,
        batch: Batch,
        stop: &CancellationToken,
    ) -> anyhow::Result<i64> {
        let Batch { events, upto, .. } = batch;
        if events.is_empty() {
            return Ok(upto);
        }
        let parked = Parked::of(&mut *self.pool.acquire().await?, &qualified(worker.name)).await?;
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
        let course = Course::new(stop);
        stream::iter(facts.map(anyhow::Ok))
            .try_for_each_concurrent(AT_ONCE, async |facts| {
                self.in_order(worker, &facts, &keys, &course).await
            })
            .await?;
        Ok(course.done(upto))
    }

    /// Reacts to events of one aggregate until one fails for good and is parked, or until it is to
    /// stop.
    async fn in_order(
        &self,
        worker: &Worker,
        facts: &[Raw],
        keys: &Keys,
        course: &Course<'_>,
    ) -> anyhow::Result<()> {
        for fact in facts {
            if !course.begin(fact.position) {
                return Ok(());
            }
            match patiently(worker, fact, keys, &AGAIN, course.stop).await {
                Ok(()) => {}
                Err(_) if course.stop.is_cancelled() => {
                    course.leave(fact.position);
                    return Ok(());
                }
                // Nothing is wrong with the event: the worker waits, and comes to it again.
                Err(why) if Passing::is(&why) => return Err(why),
                Err(why) => return self.park(worker, fact, &why).await,
            }
        }
        Ok(())
    }

    async fn park(&self, worker: &Worker, fact: &Raw, why: &anyhow::Error) -> anyhow::Result<()> {
        let failed = Failed::at(fact, format!("{why:#}"), Permanent::is(why));
        tracing::error!(worker = worker.name, ?failed, "a stream is parked");
        let consumer = qualified(worker.name);
        Ok(failed.park(&mut *self.pool.acquire().await?, &consumer).await?)
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

/// Reacts to one event, and again while it fails in a way that may pass.
async fn patiently(
    worker: &Worker,
    fact: &Raw,
    keys: &Keys,
    pauses: &[Duration],
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let mut pauses = pauses.iter();
    'again: loop {
        for on in worker.reactions.iter().filter(|on| on.stream == fact.stream) {
            if let Err(why) = caught(on.react(fact, keys)).await {
                let pause = pauses.next().filter(|_| !Permanent::is(&why));
                let Some(pause) = pause else { return Err(why) };
                tracing::debug!(worker = worker.name, "trying again in {pause:?}: {why:#}");
                if stop.run_until_cancelled(sleep(*pause)).await.is_none() {
                    return Err(why);
                }
                continue 'again;
            }
        }
        return Ok(());
    }
}

#[expect(clippy::cast_precision_loss, reason = "metrics are floating-point numbers")]
fn measure(name: &'static str, position: i64, events: u64) {
    gauge!("servicebook_worker_position", "worker" => name).set(position as f64);
    counter!("servicebook_worker_events_total", "worker" => name).increment(events);
}
