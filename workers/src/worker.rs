//! A worker follows the log and reacts to events; what fails for good is parked and tried again later.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use bus::Tail;
use commands::TransientError;
use domain::{RawEvent, platform::SUBJECT_STREAM};
use event_store::EventBatch;
use fail::fail_point;
use futures::{TryStreamExt, stream};
use lease::Leases;
use metrics::{counter, gauge};
use projections::{FailedStream, Feed, ParkedStream};
use sealing::{KeyRing, SubjectKeys};
use sqlx::PgPool;
use tokio::{sync::Mutex, time::sleep, try_join};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    AnyReaction, PermanentFailure,
    checkpoint::{self, Checkpoint, StartAt, consumer_name},
    completion_watermark::{CompletionWatermark, never_cancelled},
    panics::catch_panic,
};

/// How many events are reacted to before the checkpoint moves.
const BATCH_SIZE: usize = 500;
/// How many aggregates are processed at once, so that their commands are appended together.
const CONCURRENT_AGGREGATES: usize = 32;
/// The pauses after which the same event is tried again. After the last one it is parked.
const RETRY_PAUSES: [Duration; 4] = [
    Duration::from_millis(50),
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(8),
];
/// How many parked streams are tried again at once.
const CONCURRENT_RETRIES: usize = 4;
/// The shortest and the longest pause after a failure that is not the event's fault; it doubles each time.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(10));

/// A group of reactions with one checkpoint.
#[derive(Clone)]
pub struct Worker {
    pub name: &'static str,
    pub start_at: StartAt,
    pub reactions: Vec<AnyReaction>,
}

/// What workers run on. Cheap to clone.
#[derive(Clone)]
pub struct WorkerRuntime {
    pool: PgPool,
    ring: KeyRing,
    tail: Option<Tail>,
    leases: Leases,
}

type AggregateKey<'a> = (&'a str, Uuid);

impl WorkerRuntime {
    /// Without a bus (`tail`) they poll the log ten times a second.
    pub fn new(pool: PgPool, ring: KeyRing, tail: Option<Tail>, leases: Leases) -> Self {
        Self { pool, ring, tail, leases }
    }

    /// Makes the checkpoint of a worker that never ran, so that it misses nothing from now on.
    pub async fn register(&self, worker: &Worker) -> sqlx::Result<()> {
        checkpoint::register(&mut *self.pool.acquire().await?, worker.name, worker.start_at).await
    }

    /// Runs a worker until `stop`. Only one process runs it at a time; others stand by.
    pub async fn run(&self, worker: &Worker, stop: CancellationToken) {
        let work = |stop| self.run_with_backoff(worker, stop);
        self.leases.run_as_leader(&consumer_name(worker.name), stop, work).await;
    }

    async fn run_with_backoff(&self, worker: &Worker, stop: CancellationToken) {
        let mut pause = BACKOFF.0;
        while let Err(why) = self.run_until_failure(worker, &mut pause, &stop).await {
            counter!("servicebook_worker_failures_total", "worker" => worker.name).increment(1);
            tracing::warn!(worker = worker.name, "trying again in {pause:?}: {why:#}");
            if stop.run_until_cancelled(sleep(pause)).await.is_none() {
                return;
            }
            pause = (pause * 2).min(BACKOFF.1);
        }
    }

    /// Reacts to everything that is in the log now, and to all that is parked, then ends. Answers the
    /// position that it reached.
    pub async fn catch_up(&self, worker: &Worker) -> anyhow::Result<i64> {
        let lease = self.leases.acquire(&consumer_name(worker.name)).await?;
        lease.run_while_held(Box::pin(self.catch_up_as_leader(worker))).await?
    }

    async fn catch_up_as_leader(&self, worker: &Worker) -> anyhow::Result<i64> {
        let (mut checkpoint, stop) = (
            Checkpoint::take_over(&self.pool, worker.name, worker.start_at).await?,
            never_cancelled(),
        );
        let position = Mutex::new(checkpoint.position);
        let parked = ParkedStream::of_consumer(
            &mut *self.pool.acquire().await?,
            &consumer_name(worker.name),
        )
        .await?;
        for parked in parked {
            self.retry_parked(worker, &position, parked, &stop).await?;
        }
        let mut db = self.pool.acquire().await?;
        let (streams, head) = (worker.streams(), event_store::head(&mut *db).await?);
        while checkpoint.position < head {
            let after = checkpoint.position;
            let batch =
                event_store::read_batch(&mut *db, &streams, after, head, BATCH_SIZE).await?;
            let completed = self.process_batch(worker, batch, &stop).await?;
            checkpoint.advance(completed).await?;
        }
        Ok(checkpoint.position)
    }

    /// Reacts to new events, and in the background to parked ones, until `stop`; reactions that have
    /// begun are finished first.
    async fn run_until_failure(
        &self,
        worker: &Worker,
        pause: &mut Duration,
        stop: &CancellationToken,
    ) -> anyhow::Result<()> {
        let checkpoint = Checkpoint::take_over(&self.pool, worker.name, worker.start_at).await?;
        let position = Mutex::new(checkpoint.position);
        let consumer = consumer_name(worker.name);
        let retry = |due| self.retry_due(worker, &position, due, stop);
        let retrying = async {
            ParkedStream::retry_when_due(&self.pool, &consumer, stop, retry).await;
            Ok(())
        };
        let following = self.follow_log(worker, checkpoint, &position, pause, stop);
        try_join!(following, retrying).map(drop)
    }

    async fn follow_log(
        &self,
        worker: &Worker,
        mut checkpoint: Checkpoint,
        position: &Mutex<i64>,
        pause: &mut Duration,
        stop: &CancellationToken,
    ) -> anyhow::Result<()> {
        let mut feed =
            Feed::new(self.pool.clone(), worker.streams(), BATCH_SIZE, self.tail.as_ref());
        while let Some(batch) = stop.run_until_cancelled(feed.next(checkpoint.position)).await {
            let batch = batch?;
            let events = batch.events.len() as u64;
            let mut position = position.lock().await;
            let completed = self.process_batch(worker, batch, stop).await?;
            fail_point!("worker.after_effect_before_checkpoint", |_| std::process::abort());
            // While the checkpoint cannot be written, no reaction runs a second time.
            while let Err(why) = checkpoint.advance(completed).await {
                let waits = TransientError::is_cause_of(&why);
                if !waits || stop.run_until_cancelled(sleep(BACKOFF.1)).await.is_none() {
                    return Err(why);
                }
                tracing::warn!(worker = worker.name, "the checkpoint is tried again: {why:#}");
            }
            *position = completed;
            *pause = BACKOFF.0;
            record_metrics(worker.name, completed, events);
        }
        Ok(())
    }

    async fn retry_due(
        &self,
        worker: &Worker,
        position: &Mutex<i64>,
        due: Vec<ParkedStream>,
        stop: &CancellationToken,
    ) -> anyhow::Result<()> {
        stream::iter(due.into_iter().map(anyhow::Ok))
            .try_for_each_concurrent(CONCURRENT_RETRIES, async |parked| {
                self.retry_parked(worker, position, parked, stop).await
            })
            .await
    }

    /// Tries a parked event again, and those that follow it in its stream; it is released once no event
    /// that the worker has passed is left. While `position` is locked the worker does not move on.
    async fn retry_parked(
        &self,
        worker: &Worker,
        position: &Mutex<i64>,
        parked: ParkedStream,
        stop: &CancellationToken,
    ) -> anyhow::Result<()> {
        // A discarded event counts as done.
        let mut next = parked.version + i32::from(parked.discarded_by.is_some());
        loop {
            let upto = *position.lock().await;
            let pending = self.pending(&parked, next, upto).await?;
            let keys = self.keys(&pending).await?;
            for event in &pending {
                if stop.is_cancelled() {
                    return Ok(());
                }
                match react_with_retries(worker, event, &keys, &[], stop).await {
                    Ok(()) => next = event.version + 1,
                    Err(why) if TransientError::is_cause_of(&why) => return Err(why),
                    Err(why) => return self.park(worker, event, &why).await,
                }
            }
            let current = position.lock().await;
            if *current == upto || self.pending(&parked, next, *current).await?.is_empty() {
                return Ok(parked.release(&mut *self.pool.acquire().await?).await?);
            }
        }
    }

    /// The events of a parked stream, from a version up to a position.
    async fn pending(
        &self,
        parked: &ParkedStream,
        from: i32,
        upto: i64,
    ) -> sqlx::Result<Vec<RawEvent>> {
        let events = event_store::history_up_to(&self.pool, &parked.stream, parked.id, upto);
        let events = events.await?;
        Ok(events.into_iter().filter(|event| event.version >= from).collect())
    }

    /// Reacts to the events of a batch: aggregates concurrently, the events of each in order. Answers
    /// the position up to which all is done: less than the whole batch, if it was stopped.
    async fn process_batch(
        &self,
        worker: &Worker,
        batch: EventBatch,
        stop: &CancellationToken,
    ) -> anyhow::Result<i64> {
        let EventBatch { events, upto, .. } = batch;
        if events.is_empty() {
            return Ok(upto);
        }
        let consumer = consumer_name(worker.name);
        let parked = ParkedStream::of_consumer(&mut *self.pool.acquire().await?, &consumer).await?;
        let parked: HashSet<AggregateKey<'_>> =
            parked.iter().map(|parked| (parked.stream.as_str(), parked.id)).collect();
        for event in events.iter().filter(|event| event.stream == SUBJECT_STREAM) {
            self.ring.mark_destroyed(event.id);
        }
        let keys = self.keys(&events).await?;
        let is_parked = |event: &RawEvent| parked.contains(&(event.stream.as_str(), event.id));
        let events = by_aggregate(events.into_iter().filter(|event| !is_parked(event)));
        let progress = CompletionWatermark::new(stop);
        stream::iter(events.into_iter().map(anyhow::Ok))
            .try_for_each_concurrent(CONCURRENT_AGGREGATES, async |events| {
                self.process_in_order(worker, &events, &keys, &progress).await
            })
            .await?;
        Ok(progress.completed_up_to(upto))
    }

    /// Reacts to the events of one aggregate until one fails for good and is parked, or until it is
    /// stopped.
    async fn process_in_order(
        &self,
        worker: &Worker,
        events: &[RawEvent],
        keys: &SubjectKeys,
        progress: &CompletionWatermark<'_>,
    ) -> anyhow::Result<()> {
        for event in events {
            if !progress.try_start(event.position) {
                return Ok(());
            }
            match react_with_retries(worker, event, keys, &RETRY_PAUSES, progress.stop).await {
                Ok(()) => {}
                Err(_) if progress.stop.is_cancelled() => {
                    progress.skip(event.position);
                    return Ok(());
                }
                // Nothing is wrong with the event: the whole batch is tried again.
                Err(why) if TransientError::is_cause_of(&why) => return Err(why),
                Err(why) => return self.park(worker, event, &why).await,
            }
        }
        Ok(())
    }

    async fn park(
        &self,
        worker: &Worker,
        event: &RawEvent,
        why: &anyhow::Error,
    ) -> anyhow::Result<()> {
        let failed =
            FailedStream::at_event(event, format!("{why:#}"), PermanentFailure::is_cause_of(why));
        tracing::error!(worker = worker.name, ?failed, "a stream is parked");
        let consumer = consumer_name(worker.name);
        Ok(failed.park(&mut *self.pool.acquire().await?, &consumer).await?)
    }

    async fn keys(&self, events: &[RawEvent]) -> sqlx::Result<SubjectKeys> {
        let subjects: HashSet<_> =
            events.iter().flat_map(|event| &event.meta.subjects).copied().collect();
        self.ring.keys_for_reading(subjects).await
    }
}

impl Worker {
    /// The streams it reacts to, and the one that says which keys were destroyed.
    fn streams(&self) -> Vec<String> {
        let own = self.reactions.iter().map(|reaction| reaction.stream);
        let names: HashSet<_> = own.chain([SUBJECT_STREAM]).collect();
        names.into_iter().map(str::to_owned).collect()
    }
}

/// The events of each aggregate, in the order in which the aggregates first occur.
fn by_aggregate(events: impl Iterator<Item = RawEvent>) -> Vec<Vec<RawEvent>> {
    let (mut grouped, mut index) = (Vec::<Vec<RawEvent>>::new(), HashMap::new());
    for event in events {
        let place = *index.entry((event.stream.clone(), event.id)).or_insert_with(|| {
            grouped.push(Vec::new());
            grouped.len() - 1
        });
        grouped[place].push(event);
    }
    grouped
}

/// Reacts to one event, and again after each of `pauses` while it fails in a way that may pass.
async fn react_with_retries(
    worker: &Worker,
    event: &RawEvent,
    keys: &SubjectKeys,
    pauses: &[Duration],
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let mut pauses = pauses.iter();
    'retry: loop {
        for reaction in worker.reactions.iter().filter(|reaction| reaction.stream == event.stream) {
            if let Err(why) = catch_panic(reaction.react(event, keys)).await {
                let pause = pauses.next().filter(|_| !PermanentFailure::is_cause_of(&why));
                let Some(pause) = pause else { return Err(why) };
                tracing::debug!(worker = worker.name, "trying again in {pause:?}: {why:#}");
                if stop.run_until_cancelled(sleep(*pause)).await.is_none() {
                    return Err(why);
                }
                continue 'retry;
            }
        }
        return Ok(());
    }
}

#[expect(clippy::cast_precision_loss, reason = "metrics are floating-point numbers")]
fn record_metrics(name: &'static str, position: i64, events: u64) {
    gauge!("servicebook_worker_position", "worker" => name).set(position as f64);
    counter!("servicebook_worker_events_total", "worker" => name).increment(events);
}
