//! How far a worker has come: a row in `workers.checkpoints`, moved only by the process that holds its lease.

use anyhow::ensure;
use sqlx::{PgConnection, PgPool};

/// Where a worker that never ran starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartAt {
    /// At the first event: for what must follow from each of them.
    FirstEvent,
    /// After the events from before it was installed: nobody is notified of old news (NOT-4).
    Now,
}

/// The checkpoint of a worker, as the holder of its lease keeps it.
pub(crate) struct Checkpoint {
    pool: PgPool,
    name: &'static str,
    /// Counts the processes that took the worker over: only the last of them may move it.
    epoch: i64,
    /// Every event up to here was reacted to, or parked.
    pub(crate) position: i64,
}

impl Checkpoint {
    /// Takes it over from the process that had it; a new worker is registered.
    pub(crate) async fn take_over(
        pool: &PgPool,
        name: &'static str,
        start_at: StartAt,
    ) -> sqlx::Result<Self> {
        register(&mut *pool.acquire().await?, name, start_at).await?;
        let (position, epoch) = sqlx::query_as(
            "update workers.checkpoints set epoch = epoch + 1, updated_at = clock_timestamp()
             where name = $1 returning position, epoch",
        )
        .bind(name)
        .fetch_one(pool)
        .await?;
        Ok(Self { pool: pool.clone(), name, epoch, position })
    }

    /// Moves it forward, without waiting for the disk: reacting again to an event changes nothing. Fails
    /// when another process has taken the worker over.
    pub(crate) async fn advance(&mut self, position: i64) -> anyhow::Result<()> {
        let update = sqlx::query(
            "update workers.checkpoints set position = $3, updated_at = clock_timestamp()
             where name = $1 and epoch = $2
                 and set_config('synchronous_commit', 'off', true) is not null",
        );
        let update = update.bind(self.name).bind(self.epoch).bind(position).execute(&self.pool);
        ensure!(update.await?.rows_affected() == 1, "another process is this worker now");
        self.position = position;
        Ok(())
    }
}

/// Makes the checkpoint of a worker that never ran; one that is there stays.
pub(crate) async fn register(
    db: &mut PgConnection,
    name: &str,
    start_at: StartAt,
) -> sqlx::Result<()> {
    let start = match start_at {
        StartAt::FirstEvent => 0,
        StartAt::Now => event_store::head(&mut *db).await?,
    };
    let insert = "insert into workers.checkpoints (name, position, updated_at)
         values ($1, $2, clock_timestamp()) on conflict (name) do nothing";
    sqlx::query(insert).bind(name).bind(start).execute(db).await.map(drop)
}

/// The name of a worker or a task among leases and parked streams. Read models may have the same name,
/// so it has a prefix.
pub(crate) fn consumer_name(name: &str) -> String {
    format!("worker/{name}")
}
