//! Which process makes which export, and how far it has come: rows, as none of it is of interest afterwards.

use domain::files::export::ExportId;
use sqlx::PgPool;
use uuid::Uuid;

/// How long an export stays with a process that says nothing, in seconds.
const LIFETIME: f64 = 15.0;
/// The pause before an export that failed is begun again, in seconds, as often as it was begun.
const RETRY_PAUSE: f64 = 5.0;

/// The right to make an export, until it is released or its lifetime ends.
#[derive(Debug)]
pub(super) struct ExportLease {
    db: PgPool,
    pub(super) export: ExportId,
    /// Names the object that comes of it.
    pub(super) run: Uuid,
    /// How many times the export was begun, this one included.
    pub(super) begun: i32,
}

impl ExportLease {
    /// Takes an export, unless another process has it.
    pub(super) async fn acquire(db: &PgPool, export: ExportId) -> sqlx::Result<Option<Self>> {
        let run = Uuid::now_v7();
        let begun: Option<i32> = sqlx::query_scalar(
            "insert into exports.runs as r (export, run, until)
             values ($1, $2, clock_timestamp() + make_interval(secs => $3))
             on conflict (export) do update
             set run = excluded.run, until = excluded.until, begun = r.begun + 1, rows = 0
             where r.until < clock_timestamp()
             returning begun",
        )
        .bind(export.uuid())
        .bind(run)
        .bind(LIFETIME)
        .fetch_optional(db)
        .await?;
        Ok(begun.map(|begun| Self { db: db.clone(), export, run, begun }))
    }

    /// Keeps it, and says how many rows are written. False if another process has it by now.
    pub(super) async fn renew(&self, rows: u64) -> sqlx::Result<bool> {
        let renewed = sqlx::query(
            "update exports.runs
             set until = clock_timestamp() + make_interval(secs => $3), rows = $4
             where export = $1 and run = $2",
        )
        .bind(self.export.uuid())
        .bind(self.run)
        .bind(LIFETIME)
        .bind(i64::try_from(rows).unwrap_or(i64::MAX))
        .execute(&self.db)
        .await?;
        Ok(renewed.rows_affected() > 0)
    }

    /// Leaves it to whoever takes it next: at once, or after a pause.
    pub(super) async fn release(self, at_once: bool) -> sqlx::Result<()> {
        let pause = if at_once { 0.0 } else { RETRY_PAUSE * f64::from(self.begun) };
        sqlx::query(
            "update exports.runs set until = clock_timestamp() + make_interval(secs => $3)
             where export = $1 and run = $2",
        )
        .bind(self.export.uuid())
        .bind(self.run)
        .bind(pause)
        .execute(&self.db)
        .await?;
        Ok(())
    }

    /// Forgets it, as the export has ended.
    pub(super) async fn end(self) -> sqlx::Result<()> {
        sqlx::query("delete from exports.runs where export = $1")
            .bind(self.export.uuid())
            .execute(&self.db)
            .await?;
        Ok(())
    }
}
