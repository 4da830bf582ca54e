//! Which process does which job, and how far it has come: rows, as none of it is of interest afterwards.

use sqlx::PgPool;
use uuid::Uuid;

/// How long a job stays with a process that says nothing, in seconds.
const LIFETIME: f64 = 15.0;
/// The pause before a job that failed is begun again, in seconds, as often as it was begun.
const RETRY_PAUSE: f64 = 5.0;

/// The right to do a job, until it is released or its lifetime ends.
#[derive(Debug)]
pub(crate) struct JobLease {
    db: PgPool,
    /// What is made: the id of its aggregate.
    pub(crate) id: Uuid,
    /// Which attempt this is.
    pub(crate) run: Uuid,
    /// How many times it was begun, this one included.
    pub(crate) begun: i32,
}

impl JobLease {
    /// Takes a job, unless another process has it.
    pub(super) async fn acquire(db: &PgPool, id: Uuid) -> sqlx::Result<Option<Self>> {
        let run = Uuid::now_v7();
        let begun: Option<i32> = sqlx::query_scalar(
            "insert into jobs.runs as r (id, run, until)
             values ($1, $2, clock_timestamp() + make_interval(secs => $3))
             on conflict (id) do update
             set run = excluded.run, until = excluded.until, begun = r.begun + 1, done = 0
             where r.until < clock_timestamp()
             returning begun",
        )
        .bind(id)
        .bind(run)
        .bind(LIFETIME)
        .fetch_optional(db)
        .await?;
        Ok(begun.map(|begun| Self { db: db.clone(), id, run, begun }))
    }

    /// Keeps it, and says how much is made. False if another process has it by now.
    pub(super) async fn renew(&self, done: u64) -> sqlx::Result<bool> {
        let renewed = sqlx::query(
            "update jobs.runs
             set until = clock_timestamp() + make_interval(secs => $3), done = $4
             where id = $1 and run = $2",
        )
        .bind(self.id)
        .bind(self.run)
        .bind(LIFETIME)
        .bind(i64::try_from(done).unwrap_or(i64::MAX))
        .execute(&self.db)
        .await?;
        Ok(renewed.rows_affected() > 0)
    }

    /// Leaves it to whoever takes it next: at once, or after a pause.
    pub(super) async fn release(self, at_once: bool) -> sqlx::Result<()> {
        let pause = if at_once { 0.0 } else { RETRY_PAUSE * f64::from(self.begun) };
        sqlx::query(
            "update jobs.runs set until = clock_timestamp() + make_interval(secs => $3)
             where id = $1 and run = $2",
        )
        .bind(self.id)
        .bind(self.run)
        .bind(pause)
        .execute(&self.db)
        .await?;
        Ok(())
    }

    /// Forgets it, as it has ended; that of another process stays.
    pub(super) async fn end(self) -> sqlx::Result<()> {
        let end = "delete from jobs.runs where id = $1 and run = $2";
        sqlx::query(end).bind(self.id).bind(self.run).execute(&self.db).await?;
        Ok(())
    }
}
