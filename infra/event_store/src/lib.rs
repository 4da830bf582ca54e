//! Reading the log: the one place where events are read whole. (`event_store.append` writes them; what
//! only counts or compares positions may ask the table itself.)
//!
//! **Invariant:** nothing here writes.
//! **Invariant:** positions are dense and in commit order, so once a reader has seen the head, nothing
//! up to it is missing.

mod audit_trail;
mod row;
mod transaction;

use chrono::{DateTime, Utc};
use domain::{RawEvent, platform::SUBJECT_STREAM};
use futures::{Stream, StreamExt};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

pub use audit_trail::{AuditTrailQuery, audit_trail};
pub use row::Row;
pub use transaction::{begin, begin_with};

/// A query for whole events.
macro_rules! events {
    ($which:literal) => {
        concat!(
            "select position, stream, id, version, type, schema, data, meta, recorded_at
             from event_store.events ",
            $which
        )
    };
}
use events;

/// The event that says that a person's key was destroyed.
pub const SUBJECT_ERASED: &str = "SubjectErased";

/// Some events in order, and how far they reach: between `after` and `upto` there are no others of the
/// streams that were asked for.
#[derive(Debug)]
pub struct EventBatch {
    /// The position after which it begins.
    pub after: i64,
    /// The position with which it ends.
    pub upto: i64,
    /// The events, in order.
    pub events: Vec<RawEvent>,
}

/// What happened to some streams, by name alone, and how far that was looked for.
#[derive(Debug)]
pub struct EventHeaderBatch {
    /// The end of the log, unless there was more than was asked for. It lies before the position that was
    /// asked from, if this is another log than that was from.
    pub upto: i64,
    /// Whether there was more than was asked for.
    pub more: bool,
    /// The events, in order.
    pub events: Vec<EventHeader>,
}

/// An event, without what it says.
#[derive(Debug)]
pub struct EventHeader {
    /// Its place in the log.
    pub position: i64,
    /// The kind of aggregate that it happened to.
    pub stream: String,
    /// The aggregate.
    pub id: Uuid,
    /// Its name on the wire: `CustomerCreated`.
    pub kind: String,
}

/// The position of the newest event; 0 when there is none.
pub async fn head(db: impl PgExecutor<'_>) -> sqlx::Result<i64> {
    sqlx::query_scalar("select coalesce(max(position), 0) from event_store.events")
        .fetch_one(db)
        .await
}

/// The position of the last event that was recorded by a moment; 0 when there is none.
pub async fn head_at(db: impl PgExecutor<'_>, moment: DateTime<Utc>) -> sqlx::Result<i64> {
    let last = "select position from event_store.events where recorded_at <= $1
         order by recorded_at desc, position desc limit 1";
    Ok(sqlx::query_scalar(last).bind(moment).fetch_optional(db).await?.unwrap_or(0))
}

/// When the event at a position was recorded, if there is one.
pub async fn recorded_at(
    db: impl PgExecutor<'_>,
    position: i64,
) -> sqlx::Result<Option<DateTime<Utc>>> {
    let at = "select recorded_at from event_store.events where position = $1";
    sqlx::query_scalar(at).bind(position).fetch_optional(db).await
}

/// At most `limit` events after a position, in order.
pub async fn events_after(
    db: impl PgExecutor<'_>,
    position: i64,
    limit: usize,
) -> sqlx::Result<Vec<RawEvent>> {
    let rows: Vec<Row> = sqlx::query_as(events!("where position > $1 order by position limit $2"))
        .bind(position)
        .bind(count_of(limit))
        .fetch_all(db)
        .await?;
    Ok(rows.into_iter().map(Row::into_raw_lossy).collect())
}

/// At most `limit` events of some streams after a position and not after `head`.
pub async fn read_batch(
    db: impl PgExecutor<'_>,
    streams: &[String],
    after: i64,
    head: i64,
    limit: usize,
) -> sqlx::Result<EventBatch> {
    let rows: Vec<Row> = sqlx::query_as(events!(
        "where position > $1 and position <= $2 and stream = any($3) order by position limit $4"
    ))
    .bind(after)
    .bind(head)
    .bind(streams)
    .bind(count_of(limit))
    .fetch_all(db)
    .await?;
    let events: Vec<_> = rows.into_iter().map(Row::into_raw_lossy).collect();
    let last = events.last().map_or(after, |event| event.position);
    let upto = if events.len() < limit { head.max(after) } else { last };
    Ok(EventBatch { after, upto, events })
}

/// At most `limit` events of some streams after a position, in order.
pub async fn event_headers_after(
    db: &mut PgConnection,
    streams: &[&str],
    after: i64,
    limit: i64,
) -> sqlx::Result<EventHeaderBatch> {
    let head = head(&mut *db).await?;
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
    let header = |(position, stream, id, kind)| EventHeader { position, stream, id, kind };
    Ok(EventHeaderBatch { upto, more, events: events.into_iter().map(header).collect() })
}

/// Everything that happened to one aggregate, in order.
pub async fn history(
    db: impl PgExecutor<'_>,
    stream: &str,
    id: Uuid,
) -> sqlx::Result<Vec<RawEvent>> {
    history_up_to(db, stream, id, i64::MAX).await
}

/// What happened to one aggregate up to a position, in order.
pub async fn history_up_to(
    db: impl PgExecutor<'_>,
    stream: &str,
    id: Uuid,
    upto: i64,
) -> sqlx::Result<Vec<RawEvent>> {
    let rows: Vec<Row> = sqlx::query_as(events!(
        "where stream = $1 and id = $2 and position <= $3 order by version"
    ))
    .bind(stream)
    .bind(id)
    .bind(upto)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Row::into_raw_lossy).collect())
}

/// What happened to some aggregates of one kind up to a position, aggregate by aggregate.
pub async fn histories_up_to(
    db: impl PgExecutor<'_>,
    stream: &str,
    ids: &[Uuid],
    upto: i64,
) -> sqlx::Result<Vec<RawEvent>> {
    let rows: Vec<Row> = sqlx::query_as(events!(
        "where stream = $1 and id = any($2) and position <= $3 order by id, version"
    ))
    .bind(stream)
    .bind(ids)
    .bind(upto)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Row::into_raw_lossy).collect())
}

/// The aggregates of some streams to which something happened after one position and up to another; at most
/// `limit` of them.
pub async fn changed_aggregates(
    db: impl PgExecutor<'_>,
    streams: &[String],
    after: i64,
    upto: i64,
    limit: usize,
) -> sqlx::Result<Vec<(String, Uuid)>> {
    sqlx::query_as(
        "select distinct stream, id from event_store.events
         where position > $1 and position <= $2 and stream = any($3) limit $4",
    )
    .bind(after)
    .bind(upto)
    .bind(streams)
    .bind(count_of(limit))
    .fetch_all(db)
    .await
}

/// The position and version of the last event of an aggregate; nothing, if there is none.
pub async fn last_position_and_version(
    db: impl PgExecutor<'_>,
    stream: &str,
    id: Uuid,
) -> sqlx::Result<Option<(i64, i32)>> {
    sqlx::query_as(
        "select position, version from event_store.events where stream = $1 and id = $2
         order by version desc limit 1",
    )
    .bind(stream)
    .bind(id)
    .fetch_optional(db)
    .await
}

/// All events of one kind of aggregate up to a position, aggregate by aggregate.
pub fn events_by_aggregate<'a>(
    db: &'a mut PgConnection,
    stream: &'a str,
    upto: i64,
) -> impl Stream<Item = sqlx::Result<RawEvent>> + Send + 'a {
    sqlx::query_as(events!("where stream = $1 and position <= $2 order by id, version"))
        .bind(stream)
        .bind(upto)
        .fetch(db)
        .map(|row: sqlx::Result<Row>| row.map(Row::into_raw_lossy))
}

/// All events as they are stored, in order.
pub fn all_rows(db: &mut PgConnection) -> impl Stream<Item = sqlx::Result<Row>> + Send + '_ {
    sqlx::query_as(events!("order by position")).fetch(db)
}

/// Opens a cursor over all events, aggregate by aggregate, within a transaction; see [`fetch_cursor_rows`].
pub async fn open_aggregate_cursor(db: &mut PgConnection) -> sqlx::Result<()> {
    // Not the first rows soon, but all of them.
    sqlx::raw_sql("set local cursor_tuple_fraction = 1").execute(&mut *db).await?;
    let walk =
        concat!("declare walk no scroll cursor for ", events!("order by stream, id, version"));
    sqlx::raw_sql(walk).execute(db).await.map(drop)
}

/// The next events of [`open_aggregate_cursor`]; none at the end. The connection stays free for other queries.
pub async fn fetch_cursor_rows(db: &mut PgConnection) -> sqlx::Result<Vec<Row>> {
    sqlx::query_as("fetch 500 from walk").fetch_all(db).await
}

/// How many events of some streams there are up to a position.
pub async fn count_events(
    db: impl PgExecutor<'_>,
    streams: &[String],
    upto: i64,
) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "select count(*) from event_store.events where stream = any($1) and position <= $2",
    )
    .bind(streams)
    .bind(upto)
    .fetch_one(db)
    .await
}

/// The positions of the events of some streams, from after one to another, in order.
pub fn event_positions<'a>(
    db: &'a mut PgConnection,
    streams: &'a [String],
    after: i64,
    upto: i64,
) -> impl Stream<Item = sqlx::Result<i64>> + Send + 'a {
    sqlx::query_scalar(
        "select position from event_store.events
         where position > $1 and position <= $2 and stream = any($3) order by position",
    )
    .bind(after)
    .bind(upto)
    .bind(streams)
    .fetch(db)
}

/// When the first event of each of these aggregates was recorded.
pub async fn first_recorded_at(
    db: impl PgExecutor<'_>,
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
pub async fn erased_subjects(db: impl PgExecutor<'_>, after: i64) -> sqlx::Result<Vec<Uuid>> {
    let erased = "select id from event_store.events
         where stream = $1 and type = $2 and position > $3 order by position";
    sqlx::query_scalar(erased)
        .bind(SUBJECT_STREAM)
        .bind(SUBJECT_ERASED)
        .bind(after)
        .fetch_all(db)
        .await
}

/// The aggregates in whose events something is sealed with the keys of these people.
pub async fn aggregates_sealed_for(
    db: impl PgExecutor<'_>,
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

fn count_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
