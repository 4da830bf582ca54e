//! Reading the event store.

use chrono::{DateTime, Utc};
use domain::{Meta, Raw, platform::SUBJECT};
use futures::{Stream, StreamExt};
use serde_json::value::RawValue;
use sqlx::{PgConnection, Row, postgres::PgRow, types::Json};
use uuid::Uuid;

use crate::projector::ERASED;

/// Some events in order, and how far they reach: between `after` and `upto` there are no others
/// of the streams asked for.
#[derive(Debug)]
pub struct Batch {
    pub after: i64,
    pub upto: i64,
    pub events: Vec<Raw>,
}

/// The position of the youngest event; 0 when there is none.
pub async fn head(db: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar("select coalesce(max(position), 0) from event_store.events")
        .fetch_one(db)
        .await
}

/// At most `limit` events of some streams after a position and not after `head`.
///
/// Positions are dense and in commit order, so once `head` was seen nothing up to it is missing.
pub async fn page(
    db: &mut PgConnection,
    streams: &[String],
    after: i64,
    head: i64,
    limit: usize,
) -> sqlx::Result<Batch> {
    let rows = sqlx::query(
        "select position, stream, id, version, type, schema, data, meta, recorded_at
         from event_store.events
         where position > $1 and position <= $2 and stream = any($3)
         order by position limit $4",
    )
    .bind(after)
    .bind(head)
    .bind(streams)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(db)
    .await?;
    let events: Vec<_> = rows.iter().map(raw).collect::<sqlx::Result<_>>()?;
    let last = events.last().map_or(after, |event| event.position);
    let upto = if events.len() < limit { head.max(after) } else { last };
    Ok(Batch { after, upto, events })
}

/// What happened to some streams, by name alone, and how far that was looked for.
#[derive(Debug)]
pub struct Touched {
    /// The end of the log, unless there was more than wanted. Before the position that was asked
    /// from, if this is another log than it was from.
    pub upto: i64,
    /// Whether there was more than wanted.
    pub more: bool,
    pub events: Vec<Touch>,
}

/// An event, without what it says.
#[derive(Debug)]
pub struct Touch {
    pub position: i64,
    pub stream: String,
    pub id: Uuid,
    /// Its name on the wire: `CustomerCreated`.
    pub kind: String,
}

/// At most `limit` events of some streams after a position, in order.
pub async fn touched(
    db: &mut PgConnection,
    streams: &[&str],
    after: i64,
    limit: i64,
) -> sqlx::Result<Touched> {
    let head = head(db).await?;
    let events: Vec<(i64, String, Uuid, String)> = sqlx::query_as(
        "select position, stream, id, type from event_store.events
         where position > $1 and position <= $2 and stream = any($3)
         order by position limit $4",
    )
    .bind(after)
    .bind(head)
    .bind(streams)
    .bind(limit)
    .fetch_all(db)
    .await?;
    let more = i64::try_from(events.len()).is_ok_and(|count| count >= limit);
    let upto = events.last().filter(|_| more).map_or(head, |last| last.0);
    let touch = |(position, stream, id, kind)| Touch { position, stream, id, kind };
    Ok(Touched { upto, more, events: events.into_iter().map(touch).collect() })
}

/// All events of one kind of aggregate up to a position, aggregate by aggregate.
pub(crate) fn by_aggregate<'a>(
    db: &'a mut PgConnection,
    stream: &'a str,
    upto: i64,
) -> impl Stream<Item = sqlx::Result<Raw>> + Send + 'a {
    sqlx::query(
        "select position, stream, id, version, type, schema, data, meta, recorded_at
         from event_store.events
         where stream = $1 and position <= $2
         order by id, version",
    )
    .bind(stream)
    .bind(upto)
    .fetch(db)
    .map(|row| raw(&row?))
}

/// The events of one aggregate up to a position.
pub async fn of_aggregate(
    db: &mut PgConnection,
    stream: &str,
    id: Uuid,
    upto: i64,
) -> sqlx::Result<Vec<Raw>> {
    let rows = sqlx::query(
        "select position, stream, id, version, type, schema, data, meta, recorded_at
         from event_store.events
         where stream = $1 and id = $2 and position <= $3
         order by version",
    )
    .bind(stream)
    .bind(id)
    .bind(upto)
    .fetch_all(db)
    .await?;
    rows.iter().map(raw).collect()
}

/// When the first event of each of these aggregates was recorded.
pub(crate) async fn births(
    db: &mut PgConnection,
    stream: &str,
    ids: &[Uuid],
) -> sqlx::Result<Vec<(Uuid, DateTime<Utc>)>> {
    sqlx::query_as(
        "select id, recorded_at from event_store.events
         where stream = $1 and id = any($2) and version = 1",
    )
    .bind(stream)
    .bind(ids)
    .fetch_all(db)
    .await
}

/// Who was erased after a position.
pub(crate) async fn erased(db: &mut PgConnection, after: i64) -> sqlx::Result<Vec<Uuid>> {
    let erased = "select id from event_store.events
         where stream = $1 and type = $2 and position > $3 order by position";
    let erased = sqlx::query_scalar(erased).bind(SUBJECT).bind(ERASED).bind(after);
    erased.fetch_all(db).await
}

/// The aggregates in whose events something is sealed with the keys of these people.
pub(crate) async fn sealed_for(
    db: &mut PgConnection,
    subjects: &[Uuid],
    streams: &[String],
) -> sqlx::Result<Vec<(String, Uuid)>> {
    sqlx::query_as(
        "select distinct stream, id from event_store.sealed
         where subject = any($1) and stream = any($2)",
    )
    .bind(subjects)
    .bind(streams)
    .fetch_all(db)
    .await
}

pub(crate) fn raw(row: &PgRow) -> sqlx::Result<Raw> {
    let mut kind: String = row.try_get("type")?;
    let Json(meta): Json<&RawValue> = row.try_get("meta")?;
    // One event that somebody meddled with must not stop the whole log from being read: it gets
    // a name that no aggregate knows, and so is parked, with the reason.
    let meta = serde_json::from_str(meta.get()).unwrap_or_else(|why| {
        kind = format!("{kind} with unreadable meta ({why})");
        Meta::default()
    });
    let Json(data): Json<Box<RawValue>> = row.try_get("data")?;
    Ok(Raw {
        position: row.try_get("position")?,
        stream: row.try_get("stream")?,
        id: row.try_get("id")?,
        version: row.try_get("version")?,
        kind,
        schema: row.try_get("schema")?,
        data,
        meta,
        recorded_at: row.try_get("recorded_at")?,
    })
}
