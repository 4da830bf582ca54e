//! How far a worker has come.

use anyhow::ensure;
use projections::log;
use sqlx::{Connection, PgConnection, PgPool};

use crate::{Begin, Worker};

/// The checkpoint of a worker, as whoever holds its lease keeps it.
pub(crate) struct Checkpoint {
    db: PgConnection,
    name: &'static str,
    /// Which of those who became this worker moves it: only the last one.
    epoch: i64,
    /// Every event up to here was reacted to, or parked.
    pub(crate) position: i64,
}

impl Checkpoint {
    /// Takes it over from whoever had it; a new worker is entered.
    pub(crate) async fn open(pool: &PgPool, worker: &Worker) -> sqlx::Result<Self> {
        let mut db = session(pool).await?;
        enter(&mut db, worker).await?;
        let (position, epoch) = sqlx::query_as(
            "update workers.checkpoints set epoch = epoch + 1, updated_at = clock_timestamp()
             where name = $1 returning position, epoch",
        )
        .bind(worker.name)
        .fetch_one(&mut db)
        .await?;
        Ok(Self { db, name: worker.name, epoch, position })
    }

    /// Moves it forward.
    pub(crate) async fn advance(&mut self, position: i64) -> anyhow::Result<()> {
        let moved = sqlx::query(
            "update workers.checkpoints set position = $3, updated_at = clock_timestamp()
             where name = $1 and epoch = $2",
        );
        let moved = moved.bind(self.name).bind(self.epoch).bind(position).execute(&mut self.db);
        ensure!(moved.await?.rows_affected() == 1, "another process is this worker now");
        self.position = position;
        Ok(())
    }
}

/// Enters a worker that never ran.
pub(crate) async fn enter(db: &mut PgConnection, worker: &Worker) -> sqlx::Result<()> {
    let first = match worker.begin {
        Begin::First => 0,
        Begin::Now => log::head(db).await?,
    };
    let enter = "insert into workers.checkpoints (name, position, updated_at)
         values ($1, $2, clock_timestamp()) on conflict (name) do nothing";
    sqlx::query(enter).bind(worker.name).bind(first).execute(db).await.map(drop)
}

/// What a worker or a task is called among the leases and among those who park: read models have names
/// of their own, some of them the same.
pub(crate) fn qualified(name: &str) -> String {
    format!("worker/{name}")
}

/// A connection for checkpoints. Its commits do not wait for the disk: whoever reacts again to an
/// event changes nothing.
pub(crate) async fn session(pool: &PgPool) -> sqlx::Result<PgConnection> {
    let mut db = PgConnection::connect_with(&pool.connect_options()).await?;
    sqlx::query("set synchronous_commit = off").execute(&mut db).await?;
    Ok(db)
}
