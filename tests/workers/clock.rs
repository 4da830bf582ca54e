use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tests::database::Database;
use tokio_util::sync::CancellationToken;
use workers::{Task, Window, run_task};

/// Writes down its windows.
#[derive(Clone, Default)]
struct Watch {
    windows: Arc<Mutex<Vec<Window>>>,
    /// How long after a window something is due.
    due: Option<TimeDelta>,
}

impl Task for Watch {
    const NAME: &'static str = "library.watch";
    const EVERY: Duration = Duration::from_hours(1);

    async fn run(&self, window: Window) -> anyhow::Result<()> {
        self.windows.lock().unwrap().push(window);
        Ok(())
    }

    async fn due(&self, after: DateTime<Utc>) -> anyhow::Result<Option<DateTime<Utc>>> {
        Ok(self.due.map(|due| after + due))
    }
}

async fn run_for(database: &Database, watch: &Watch, time: Duration) {
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let (pool, watch, stop) = (database.app.clone(), watch.clone(), stop.clone());
        async move { run_task(&pool, &watch, stop).await }
    });
    tokio::time::sleep(time).await;
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn what_was_missed_comes_as_one_window_and_windows_leave_no_gap() {
    let database = Database::new().await;
    let watch = Watch::default();
    run_for(&database, &watch, Duration::from_millis(300)).await;
    assert_eq!(watch.windows.lock().unwrap().len(), 0, "nothing is due yet");

    sqlx::query("update workers.tasks set done_until = done_until - interval '3 hours'")
        .execute(&database.app)
        .await
        .unwrap();
    run_for(&database, &watch, Duration::from_millis(300)).await;
    run_for(&database, &watch, Duration::from_millis(300)).await;
    let windows = watch.windows.lock().unwrap().clone();
    assert_eq!(windows.len(), 1);
    assert!(windows[0].until - windows[0].from > TimeDelta::hours(2));
    drop(windows);
    database.stop().await;
}

#[tokio::test]
async fn what_is_due_at_an_exact_time_does_not_wait_for_the_hour() {
    let database = Database::new().await;
    let watch = Watch { due: Some(TimeDelta::milliseconds(200)), ..Watch::default() };
    run_for(&database, &watch, Duration::from_secs(2)).await;
    let windows = watch.windows.lock().unwrap().clone();
    assert!(windows.len() >= 3, "{windows:?}");
    for pair in windows.windows(2) {
        assert_eq!(pair[0].until, pair[1].from);
    }
    database.stop().await;
}
