use domain::Raw;
use sqlx::PgPool;
use uuid::Uuid;

/// A stream in which a worker could not react to an event. Its successors wait for it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Parked {
    pub stream: String,
    pub id: Uuid,
    /// Of the event that failed.
    pub position: i64,
    /// Of the event that failed.
    pub version: i32,
    pub error: String,
}

impl Parked {
    /// What waits for a worker to be mended, oldest first.
    pub async fn of(db: &PgPool, worker: &str) -> sqlx::Result<Vec<Self>> {
        sqlx::query_as(
            "select stream, id, position, version, error from workers.parked
             where worker = $1 order by position",
        )
        .bind(worker)
        .fetch_all(db)
        .await
    }

    pub(crate) async fn park(
        db: &PgPool,
        worker: &str,
        fact: &Raw,
        error: &str,
    ) -> sqlx::Result<()> {
        sqlx::query(
            "insert into workers.parked (worker, stream, id, position, version, error, at)
             values ($1, $2, $3, $4, $5, $6, clock_timestamp())
             on conflict (worker, stream, id) do update
             set position = excluded.position, version = excluded.version,
                 error = excluded.error, at = excluded.at",
        )
        .bind(worker)
        .bind(&fact.stream)
        .bind(fact.id)
        .bind(fact.position)
        .bind(fact.version)
        .bind(error.replace('\0', "\u{fffd}"))
        .execute(db)
        .await?;
        Ok(())
    }

    pub(crate) async fn release(&self, db: &PgPool, worker: &str) -> sqlx::Result<()> {
        sqlx::query("delete from workers.parked where worker = $1 and stream = $2 and id = $3")
            .bind(worker)
            .bind(&self.stream)
            .bind(self.id)
            .execute(db)
            .await?;
        Ok(())
    }
}
