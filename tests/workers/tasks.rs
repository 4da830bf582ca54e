//! Timed tasks: windows without gaps, exact due times, and retries of what failed.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use lease::Leases;
use tests::database::Database;
use tokio_util::sync::CancellationToken;
use workers::{PermanentFailure, Task, Window, for_each_due, run_task};

use crate::projections::library::{Card, card_id};

/// Records the windows that it ran for.
#[derive(Clone, Default)]
struct RecordingTask {
    windows: Arc<Mutex<Vec<Window>>>,
    /// How long after a window something is due.
    due: Option<TimeDelta>,
}

impl Task for RecordingTask {
    const NAME: &'static str = "library.watch";
    const EVERY: Duration = Duration::from_hours(1);

    async fn run(&self, window: Window) -> anyhow::Result<()> {
        self.windows.lock().unwrap().push(window);
        Ok(())
    }

    async fn next_due(&self, after: DateTime<Utc>) -> anyhow::Result<Option<DateTime<Utc>>> {
        Ok(self.due.map(|due| after + due))
    }
}

async fn run_for(database: &Database, task: &RecordingTask, time: Duration) {
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let (pool, task, stop) = (database.app.clone(), task.clone(), stop.clone());
        async move { run_task(&pool, &Leases::new(&pool.connect_options()), &task, stop).await }
    });
    tokio::time::sleep(time).await;
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn missed_time_becomes_one_window_and_windows_leave_no_gap() {
    let database = Database::new().await;
    let task = RecordingTask::default();
    run_for(&database, &task, Duration::from_millis(300)).await;
    assert_eq!(task.windows.lock().unwrap().len(), 0, "nothing is due yet");

    sqlx::query("update workers.tasks set done_until = done_until - interval '3 hours'")
        .execute(&database.app)
        .await
        .unwrap();
    run_for(&database, &task, Duration::from_millis(300)).await;
    run_for(&database, &task, Duration::from_millis(300)).await;
    let windows = task.windows.lock().unwrap().clone();
    assert_eq!(windows.len(), 1);
    assert!(windows[0].until - windows[0].from > TimeDelta::hours(2));
    drop(windows);
    database.stop().await;
}

/// Fails three times for the first card, once for the second, and permanently for the fourth.
struct FailingTask {
    db: sqlx::PgPool,
    attempted: Arc<Mutex<Vec<domain::Id<Card>>>>,
    cards: u128,
}

impl Task for FailingTask {
    const NAME: &'static str = "library.stumbling";
    const EVERY: Duration = Duration::from_millis(100);

    async fn run(&self, _: Window) -> anyhow::Result<()> {
        let cards = (1..=self.cards).map(|number| card_id(number).into()).collect();
        for_each_due::<Self, Card, _>(&self.db, cards, |id| async move {
            let mut attempted = self.attempted.lock().unwrap();
            attempted.push(id);
            let attempts = attempted.iter().filter(|attempted| **attempted == id).count();
            anyhow::ensure!(id.uuid() != card_id(1) || attempts > 3, "at first it fails");
            anyhow::ensure!(id.uuid() != card_id(2) || attempts > 1, "the first time it fails");
            anyhow::ensure!(id.uuid() != card_id(4), PermanentFailure("it never works".into()));
            Ok(())
        })
        .await
    }
}

#[tokio::test]
async fn a_task_goes_on_after_a_failure_and_retries_it_later() {
    let database = Database::new().await;
    let mut task = FailingTask { db: database.app.clone(), attempted: Arc::default(), cards: 4 };
    let now = sqlx::query_scalar("select clock_timestamp()").fetch_one(&database.app).await;
    let now: DateTime<Utc> = now.unwrap();
    let window = Window { from: now, until: now };
    let attempts = |task: &FailingTask| {
        let attempted = task.attempted.lock().unwrap();
        [1, 2, 3, 4].map(|number| {
            attempted.iter().filter(|attempted| attempted.uuid() == card_id(number)).count()
        })
    };
    let parked = "select count(*) from operations.parked";
    task.run(window).await.unwrap();
    assert_eq!(attempts(&task), [3, 2, 1, 1], "what may pass is tried again at once");
    task.run(window).await.unwrap();
    assert_eq!(attempts(&task), [3, 3, 2, 1], "it waits, and nothing waits for it");
    assert_eq!(database.count(parked).await, 2);
    // The fourth card is not due any more.
    task.cards = 3;
    task.run(window).await.unwrap();
    assert_eq!((attempts(&task), database.count(parked).await), ([3, 4, 3, 1], 1));
    projections::ParkedStreamFilter::default().request_retry(&database.app).await.unwrap();
    task.run(window).await.unwrap();
    assert_eq!((attempts(&task), database.count(parked).await), ([4, 5, 4, 1], 0));
    database.stop().await;
}

#[tokio::test]
async fn a_clock_that_went_back_takes_the_tasks_along() {
    let database = Database::new().await;
    let task =
        RecordingTask { due: Some(TimeDelta::milliseconds(200)), ..RecordingTask::default() };
    sqlx::query("insert into workers.tasks select $1, clock_timestamp() + interval '1 year'")
        .bind(RecordingTask::NAME)
        .execute(&database.app)
        .await
        .unwrap();
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let (pool, task, stop) = (database.app.clone(), task.clone(), stop.clone());
        async move { run_task(&pool, &Leases::new(&pool.connect_options()), &task, stop).await }
    });
    let begun = std::time::Instant::now();
    while task.windows.lock().unwrap().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it waits until that year is over");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    stop.cancel();
    running.await.unwrap();
    database.stop().await;
}

#[tokio::test]
async fn a_task_runs_at_the_exact_due_time() {
    let database = Database::new().await;
    let task =
        RecordingTask { due: Some(TimeDelta::milliseconds(200)), ..RecordingTask::default() };
    run_for(&database, &task, Duration::from_secs(2)).await;
    let windows = task.windows.lock().unwrap().clone();
    assert!(windows.len() >= 3, "{windows:?}");
    for pair in windows.windows(2) {
        assert_eq!(pair[0].until, pair[1].from);
    }
    database.stop().await;
}
