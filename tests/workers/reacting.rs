use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use anyhow::bail;
use domain::Recorded;
use projections::{Discarded, Failed, Parked};
use sealing::KeyRing;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use workers::{AnyReaction, PermanentFailure, Reaction, StartAt, Worker, Workers};

use crate::projections::library::*;

/// Writes down what it saw, and stumbles over cursed books until they are blessed.
#[derive(Clone, Default)]
struct Clerk {
    seen: Arc<Mutex<Vec<(Uuid, i32)>>>,
    blessed: Arc<AtomicBool>,
    stumbled: Arc<AtomicUsize>,
    /// How often they fail before they succeed.
    shaky: usize,
    /// Whether they give up for good.
    final_word: bool,
}

impl Reaction<Card> for Clerk {
    async fn react(&self, fact: &Recorded<Event>) -> anyhow::Result<()> {
        let cursed = matches!(&fact.event, Event::Lent { book, .. } if book == "cursed");
        if cursed && !self.blessed.load(Ordering::Relaxed) {
            let before = self.stumbled.fetch_add(1, Ordering::Relaxed);
            if self.final_word {
                return Err(PermanentFailure("the book is cursed for ever".into()).into());
            }
            if self.shaky == 0 || before < self.shaky {
                bail!("the book is cursed");
            }
        }
        self.seen.lock().unwrap().push((fact.id, fact.version));
        Ok(())
    }
}

impl Clerk {
    fn worker(&self, start_at: StartAt) -> Worker {
        let reactions = vec![AnyReaction::to_events_of::<Card>(self.clone())];
        Worker { name: "library.clerk", start_at, reactions }
    }

    fn seen(&self, id: Uuid) -> Vec<i32> {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|(of, _)| *of == id).map(|(_, version)| *version).collect()
    }
}

fn workers(library: &Library) -> Workers {
    let ring = KeyRing::new(library.database.app.clone(), library.database.master.clone());
    Workers::new(library.database.app.clone(), ring, None)
}

#[tokio::test]
async fn events_of_one_aggregate_come_in_order_and_only_once_when_nothing_fails() {
    let library = Library::open().await;
    let clerk = Clerk::default();
    library.live(5, 120).await;
    let position = workers(&library).catch_up(&clerk.worker(StartAt::FirstEvent)).await.unwrap();
    assert_eq!(position, 120);
    let again = workers(&library).catch_up(&clerk.worker(StartAt::FirstEvent)).await.unwrap();
    assert_eq!(again, 120);

    assert_eq!(clerk.seen.lock().unwrap().len(), 120);
    for number in 0..10 {
        let seen = clerk.seen(card(number));
        let last = i32::try_from(seen.len()).unwrap();
        assert_eq!(seen, (1..=last).collect::<Vec<_>>());
    }
    library.database.stop().await;
}

#[tokio::test]
async fn not_4_a_worker_that_begins_now_is_not_told_old_news() {
    let library = Library::open().await;
    let clerk = Clerk::default();
    library.record(card(1), opened(card(1), "Anna")).await;
    workers(&library).catch_up(&clerk.worker(StartAt::Now)).await.unwrap();
    library.record(card(1), lent("Emma")).await;
    workers(&library).catch_up(&clerk.worker(StartAt::Now)).await.unwrap();
    assert_eq!(clerk.seen(card(1)), [2]);
    library.database.stop().await;
}

#[tokio::test]
async fn what_fails_for_a_moment_is_tried_again() {
    let library = Library::open().await;
    let clerk = Clerk { shaky: 2, ..Clerk::default() };
    library.record(card(1), opened(card(1), "Anna")).await;
    library.record(card(1), lent("cursed")).await;
    workers(&library).catch_up(&clerk.worker(StartAt::FirstEvent)).await.unwrap();
    assert_eq!(clerk.seen(card(1)), [1, 2]);
    assert_eq!(parked(&library).await, []);
    library.database.stop().await;
}

#[tokio::test]
async fn what_keeps_failing_waits_with_all_that_follows_it() {
    let library = Library::open().await;
    let clerk = Clerk::default();
    for number in [1, 2] {
        library.record(card(number), opened(card(number), "Reader")).await;
    }
    library.record(card(1), lent("cursed")).await;
    library.record(card(1), lent("Emma")).await;
    library.record(card(2), lent("Persuasion")).await;
    let worker = clerk.worker(StartAt::FirstEvent);
    workers(&library).catch_up(&worker).await.unwrap();
    assert_eq!((clerk.seen(card(1)), clerk.seen(card(2))), (vec![1], vec![1, 2]));
    let stuck = parked(&library).await;
    assert_eq!((stuck.len(), stuck[0].version), (1, 2));
    assert_eq!(stuck[0].error, "the book is cursed");

    clerk.blessed.store(true, Ordering::Relaxed);
    workers(&library).catch_up(&worker).await.unwrap();
    assert_eq!(clerk.seen(card(1)), [1, 2, 3]);
    assert_eq!(parked(&library).await, []);
    library.database.stop().await;
}

#[tokio::test]
async fn what_is_parked_is_tried_again_in_the_background_and_what_is_hopeless_only_on_request() {
    let library = Library::open().await;
    let clerk = Clerk { final_word: true, ..Clerk::default() };
    library.record(card(1), opened(card(1), "Anna")).await;
    library.record(card(1), lent("cursed")).await;
    library.record(card(1), lent("Emma")).await;
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let (workers, worker, stop) =
            (workers(&library), clerk.worker(StartAt::FirstEvent), stop.clone());
        async move { workers.run(&worker, stop).await }
    });
    until(async || parked(&library).await.len() == 1).await;
    assert_eq!(clerk.stumbled.load(Ordering::Relaxed), 1, "it was not tried in vain");
    let stuck = parked(&library).await.remove(0);
    assert!(stuck.permanent && stuck.next_at.is_none(), "{stuck:?}");

    // Others go on, and so does it once somebody asks; it is done in order, and each event once.
    library.record(card(2), opened(card(2), "Reader")).await;
    until(async || clerk.seen(card(2)).len() == 1).await;
    clerk.blessed.store(true, Ordering::Relaxed);
    projections::Which::default().retry(&library.database.app).await.unwrap();
    until(async || parked(&library).await.is_empty()).await;
    library.record(card(1), lent("Persuasion")).await;
    until(async || clerk.seen(card(1)).len() == 4).await;
    assert_eq!(clerk.seen(card(1)), [1, 2, 3, 4]);
    stop.cancel();
    running.await.unwrap();
    library.database.stop().await;
}

#[tokio::test]
async fn what_is_passed_over_is_the_event_that_was_meant_whatever_is_under_way() {
    let library = Library::open().await;
    let clerk = Clerk::default();
    library.record(card(1), opened(card(1), "Anna")).await;
    library.record(card(1), lent("cursed")).await;
    library.record(card(1), lent("Emma")).await;
    let (worker, db) = (clerk.worker(StartAt::FirstEvent), &library.database.app);
    workers(&library).catch_up(&worker).await.unwrap();
    let (name, by) = ("worker/library.clerk", card(99));
    let discard = async |version| {
        Parked::discard(db, name, ("library.card", card(1), version), by).await.unwrap()
    };
    assert_eq!(discard(3).await, Discarded::Elsewhere(2));
    assert_eq!(parked(&library).await[0].discarded_by, None);
    assert_eq!(discard(2).await, Discarded::Decided);
    // Somebody was just trying it again, and knew nothing of that.
    let Parked { stream, id, position, version, error, .. } = parked(&library).await.remove(0);
    let failed = Failed { stream, id, position, version, error, permanent: true };
    failed.park(&mut db.acquire().await.unwrap(), name).await.unwrap();
    let stuck = parked(&library).await.remove(0);
    assert_eq!(stuck.discarded_by, Some(by));
    assert!(stuck.next_at.is_some_and(|next| next <= stuck.failed_at), "{stuck:?}");
    workers(&library).catch_up(&worker).await.unwrap();
    assert_eq!(clerk.seen(card(1)), [1, 3]);
    assert_eq!(discard(2).await, Discarded::Nothing);
    library.database.stop().await;
}

async fn parked(library: &Library) -> Vec<Parked> {
    let mut db = library.database.app.acquire().await.unwrap();
    Parked::of(&mut db, "worker/library.clerk").await.unwrap()
}

#[tokio::test]
async fn of_two_processes_one_works_and_the_other_stands_by() {
    let library = Library::open().await;
    let clerk = Clerk::default();
    let stops = [CancellationToken::new(), CancellationToken::new()];
    let mut running = Vec::new();
    for stop in &stops {
        let (workers, worker, stop) =
            (workers(&library), clerk.worker(StartAt::FirstEvent), stop.clone());
        running.push(tokio::spawn(async move { workers.run(&worker, stop).await }));
    }
    library.record(card(1), opened(card(1), "Anna")).await;
    until(async || clerk.seen(card(1)).len() == 1).await;
    // Stopped before it has noted how far it came, the other would do it again, and may.
    let noted = "select position from workers.checkpoints where name = 'library.clerk'";
    until(async || library.database.count(noted).await == 1).await;
    stops[0].cancel();
    library.record(card(1), lent("Emma")).await;
    until(async || clerk.seen(card(1)).len() == 2).await;
    stops[1].cancel();
    for worker in running {
        worker.await.unwrap();
    }
    assert_eq!(clerk.seen(card(1)), [1, 2]);
    library.database.stop().await;
}

async fn until(done: impl AsyncFn() -> bool) {
    for _ in 0..400 {
        if done().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("it did not happen within 20 seconds");
}
