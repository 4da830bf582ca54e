//! Workers' reactions: order, exactly one call per event without failures, retries, parking, and
//! one process at a time.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use anyhow::bail;
use domain::Recorded;
use lease::Leases;
use projections::{DiscardOutcome, FailedStream, ParkedStream};
use sealing::KeyRing;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use workers::{AnyReaction, PermanentFailure, Reaction, StartAt, Worker, WorkerRuntime};

use crate::projections::library::*;

/// Records the events that it got, and fails for cursed books until it accepts them.
#[derive(Clone, Default)]
struct RecordingReaction {
    events: Arc<Mutex<Vec<(Uuid, i32)>>>,
    accepts_cursed: Arc<AtomicBool>,
    failures: Arc<AtomicUsize>,
    /// How often it fails before it succeeds; 0 means always.
    transient_failures: usize,
    /// Whether its failures are permanent.
    fails_permanently: bool,
}

impl Reaction<Card> for RecordingReaction {
    async fn react(&self, recorded: &Recorded<Event>) -> anyhow::Result<()> {
        let cursed = matches!(&recorded.event, Event::Lent { book, .. } if book == "cursed");
        if cursed && !self.accepts_cursed.load(Ordering::Relaxed) {
            let before = self.failures.fetch_add(1, Ordering::Relaxed);
            if self.fails_permanently {
                return Err(PermanentFailure("the book is cursed for ever".into()).into());
            }
            if self.transient_failures == 0 || before < self.transient_failures {
                bail!("the book is cursed");
            }
        }
        self.events.lock().unwrap().push((recorded.id, recorded.version));
        Ok(())
    }
}

impl RecordingReaction {
    fn worker(&self, start_at: StartAt) -> Worker {
        let reactions = vec![AnyReaction::to_events_of::<Card>(self.clone())];
        Worker { name: "library.worker", start_at, reactions }
    }

    /// The versions of an aggregate's events that it got.
    fn versions_of(&self, id: Uuid) -> Vec<i32> {
        let events = self.events.lock().unwrap();
        events.iter().filter(|(event_id, _)| *event_id == id).map(|(_, version)| *version).collect()
    }
}

fn workers(library: &Library) -> WorkerRuntime {
    let ring = KeyRing::new(library.database.app.clone(), library.database.master.clone());
    let leases = Leases::new(&library.database.options);
    WorkerRuntime::new(library.database.app.clone(), ring, None, leases)
}

#[tokio::test]
async fn events_of_one_aggregate_come_in_order_and_only_once_when_nothing_fails() {
    let library = Library::open().await;
    let reaction = RecordingReaction::default();
    library.record_random_history(5, 120).await;
    let position = workers(&library).catch_up(&reaction.worker(StartAt::FirstEvent)).await.unwrap();
    assert_eq!(position, 120);
    let again = workers(&library).catch_up(&reaction.worker(StartAt::FirstEvent)).await.unwrap();
    assert_eq!(again, 120);

    assert_eq!(reaction.events.lock().unwrap().len(), 120);
    for number in 0..10 {
        let versions = reaction.versions_of(card_id(number));
        let last = i32::try_from(versions.len()).unwrap();
        assert_eq!(versions, (1..=last).collect::<Vec<_>>());
    }
    library.database.stop().await;
}

#[tokio::test]
async fn not_4_a_worker_that_starts_now_gets_no_old_events() {
    let library = Library::open().await;
    let reaction = RecordingReaction::default();
    library.record(card_id(1), opened(card_id(1), "Anna")).await;
    workers(&library).catch_up(&reaction.worker(StartAt::Now)).await.unwrap();
    library.record(card_id(1), lent("Emma")).await;
    workers(&library).catch_up(&reaction.worker(StartAt::Now)).await.unwrap();
    assert_eq!(reaction.versions_of(card_id(1)), [2]);
    library.database.stop().await;
}

#[tokio::test]
async fn a_transient_failure_is_retried() {
    let library = Library::open().await;
    let reaction = RecordingReaction { transient_failures: 2, ..RecordingReaction::default() };
    library.record(card_id(1), opened(card_id(1), "Anna")).await;
    library.record(card_id(1), lent("cursed")).await;
    workers(&library).catch_up(&reaction.worker(StartAt::FirstEvent)).await.unwrap();
    assert_eq!(reaction.versions_of(card_id(1)), [1, 2]);
    assert_eq!(parked(&library).await, []);
    library.database.stop().await;
}

#[tokio::test]
async fn a_failing_event_parks_with_all_that_follow_it() {
    let library = Library::open().await;
    let reaction = RecordingReaction::default();
    for number in [1, 2] {
        library.record(card_id(number), opened(card_id(number), "Reader")).await;
    }
    library.record(card_id(1), lent("cursed")).await;
    library.record(card_id(1), lent("Emma")).await;
    library.record(card_id(2), lent("Persuasion")).await;
    let worker = reaction.worker(StartAt::FirstEvent);
    workers(&library).catch_up(&worker).await.unwrap();
    assert_eq!(
        (reaction.versions_of(card_id(1)), reaction.versions_of(card_id(2))),
        (vec![1], vec![1, 2])
    );
    let parked_stream = parked(&library).await;
    assert_eq!((parked_stream.len(), parked_stream[0].version), (1, 2));
    assert_eq!(parked_stream[0].error, "the book is cursed");

    reaction.accepts_cursed.store(true, Ordering::Relaxed);
    workers(&library).catch_up(&worker).await.unwrap();
    assert_eq!(reaction.versions_of(card_id(1)), [1, 2, 3]);
    assert_eq!(parked(&library).await, []);
    library.database.stop().await;
}

#[tokio::test]
async fn parked_events_are_retried_in_the_background_and_permanent_failures_on_request() {
    let library = Library::open().await;
    let reaction = RecordingReaction { fails_permanently: true, ..RecordingReaction::default() };
    library.record(card_id(1), opened(card_id(1), "Anna")).await;
    library.record(card_id(1), lent("cursed")).await;
    library.record(card_id(1), lent("Emma")).await;
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let (workers, worker, stop) =
            (workers(&library), reaction.worker(StartAt::FirstEvent), stop.clone());
        async move { workers.run(&worker, stop).await }
    });
    wait_until(async || parked(&library).await.len() == 1).await;
    assert_eq!(reaction.failures.load(Ordering::Relaxed), 1, "it was not tried in vain");
    let parked_stream = parked(&library).await.remove(0);
    assert!(parked_stream.permanent && parked_stream.next_at.is_none(), "{parked_stream:?}");

    // Other streams go on; this one does after the retry, in order, each event once.
    library.record(card_id(2), opened(card_id(2), "Reader")).await;
    wait_until(async || reaction.versions_of(card_id(2)).len() == 1).await;
    reaction.accepts_cursed.store(true, Ordering::Relaxed);
    projections::ParkedStreamFilter::default().request_retry(&library.database.app).await.unwrap();
    wait_until(async || parked(&library).await.is_empty()).await;
    library.record(card_id(1), lent("Persuasion")).await;
    wait_until(async || reaction.versions_of(card_id(1)).len() == 4).await;
    assert_eq!(reaction.versions_of(card_id(1)), [1, 2, 3, 4]);
    stop.cancel();
    running.await.unwrap();
    library.database.stop().await;
}

#[tokio::test]
async fn a_discard_skips_exactly_the_named_event_even_during_a_retry() {
    let library = Library::open().await;
    let reaction = RecordingReaction::default();
    library.record(card_id(1), opened(card_id(1), "Anna")).await;
    library.record(card_id(1), lent("cursed")).await;
    library.record(card_id(1), lent("Emma")).await;
    let (worker, db) = (reaction.worker(StartAt::FirstEvent), &library.database.app);
    workers(&library).catch_up(&worker).await.unwrap();
    let (name, discarded_by) = ("worker/library.worker", card_id(99));
    let discard = async |version| {
        ParkedStream::discard(db, name, ("library.card", card_id(1), version), discarded_by)
            .await
            .unwrap()
    };
    assert_eq!(discard(3).await, DiscardOutcome::ParkedElsewhere(2));
    assert_eq!(parked(&library).await[0].discarded_by, None);
    assert_eq!(discard(2).await, DiscardOutcome::Discarded);
    // A retry that was under way parks it again, without knowing of the discard.
    let ParkedStream { stream, id, position, version, error, .. } =
        parked(&library).await.remove(0);
    let failed = FailedStream { stream, id, position, version, error, permanent: true };
    failed.park(&mut db.acquire().await.unwrap(), name).await.unwrap();
    let parked_stream = parked(&library).await.remove(0);
    assert_eq!(parked_stream.discarded_by, Some(discarded_by));
    assert!(
        parked_stream.next_at.is_some_and(|next| next <= parked_stream.failed_at),
        "{parked_stream:?}"
    );
    workers(&library).catch_up(&worker).await.unwrap();
    assert_eq!(reaction.versions_of(card_id(1)), [1, 3]);
    assert_eq!(discard(2).await, DiscardOutcome::NotParked);
    library.database.stop().await;
}

async fn parked(library: &Library) -> Vec<ParkedStream> {
    let mut db = library.database.app.acquire().await.unwrap();
    ParkedStream::of_consumer(&mut db, "worker/library.worker").await.unwrap()
}

#[tokio::test]
async fn of_two_processes_one_works_and_the_other_stands_by() {
    let library = Library::open().await;
    let reaction = RecordingReaction::default();
    let stops = [CancellationToken::new(), CancellationToken::new()];
    let mut running = Vec::new();
    for stop in &stops {
        let (workers, worker, stop) =
            (workers(&library), reaction.worker(StartAt::FirstEvent), stop.clone());
        running.push(tokio::spawn(async move { workers.run(&worker, stop).await }));
    }
    library.record(card_id(1), opened(card_id(1), "Anna")).await;
    wait_until(async || reaction.versions_of(card_id(1)).len() == 1).await;
    // Wait for the checkpoint: otherwise the other process may react to the event again.
    let checkpoint = "select position from workers.checkpoints where name = 'library.worker'";
    wait_until(async || library.database.count(checkpoint).await == 1).await;
    stops[0].cancel();
    library.record(card_id(1), lent("Emma")).await;
    wait_until(async || reaction.versions_of(card_id(1)).len() == 2).await;
    stops[1].cancel();
    for worker in running {
        worker.await.unwrap();
    }
    assert_eq!(reaction.versions_of(card_id(1)), [1, 2]);
    library.database.stop().await;
}

async fn wait_until(done: impl AsyncFn() -> bool) {
    for _ in 0..400 {
        if done().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("it did not happen within 20 seconds");
}
