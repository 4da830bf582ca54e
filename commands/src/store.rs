//! Reading the event store.

use chrono::{DateTime, Utc};
use domain::{Meta, Raw};
use serde_json::value::RawValue;
use sqlx::{FromRow, PgPool, types::Json};
use uuid::Uuid;

/// The events, to be read. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    db: PgPool,
}

#[derive(FromRow)]
struct Row {
    position: i64,
    stream: String,
    id: Uuid,
    version: i32,
    r#type: String,
    schema: i16,
    data: Json<Box<RawValue>>,
    meta: Json<Meta>,
    recorded_at: DateTime<Utc>,
}

impl From<Row> for Raw {
    fn from(row: Row) -> Self {
        Self {
            position: row.position,
            stream: row.stream,
            id: row.id,
            version: row.version,
            kind: row.r#type,
            schema: row.schema,
            data: row.data.0,
            meta: row.meta.0,
            recorded_at: row.recorded_at,
        }
    }
}

impl Store {
    pub fn new(db: PgPool) -> Self {
        Self { db }
    }

    pub fn db(&self) -> &PgPool {
        &self.db
    }

    /// The position of the newest event; 0 when there is none.
    pub async fn head(&self) -> sqlx::Result<i64> {
        sqlx::query_scalar("select coalesce(max(position), 0) from event_store.events")
            .fetch_one(&self.db)
            .await
    }

    /// What happened after a position, in order.
    pub async fn after(&self, position: i64, limit: i64) -> sqlx::Result<Vec<Raw>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select position, stream, id, version, type, schema, data, meta, recorded_at
             from event_store.events where position > $1 order by position limit $2",
        )
        .bind(position)
        .bind(limit)
        .fetch_all(&self.db)
        .await?;
        Ok(rows.into_iter().map(Raw::from).collect())
    }

    /// Everything that happened to one aggregate, in order.
    pub async fn history(&self, stream: &str, id: Uuid) -> sqlx::Result<Vec<Raw>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select position, stream, id, version, type, schema, data, meta, recorded_at
             from event_store.events where stream = $1 and id = $2 order by version",
        )
        .bind(stream)
        .bind(id)
        .fetch_all(&self.db)
        .await?;
        Ok(rows.into_iter().map(Raw::from).collect())
    }
}
