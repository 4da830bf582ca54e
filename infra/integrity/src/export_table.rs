//! Exports the log as a table for analysts, in a Parquet file.

use std::io::Write;

use domain::RawEvent;
use futures::TryStreamExt;
use parquet_writer::{
    ColumnType::{self, Integer, Json, Text, Time},
    ParquetWriter, Value,
};
use sqlx::postgres::PgConnectOptions;
use uuid::Uuid;

use crate::snapshot::open_snapshot;

/// The columns, as [`row`] fills them.
const COLUMNS: [(&str, ColumnType); 14] = [
    ("position", Integer),
    ("stream", Text),
    ("id", Text),
    ("version", Integer),
    ("type", Text),
    ("schema", Integer),
    ("recorded_at", Time),
    ("effective_at", Time),
    ("actor", Text),
    ("on_behalf_of", Text),
    ("command", Text),
    ("correlation", Text),
    ("causation", Text),
    ("data", Json),
];

/// Writes the whole log as it is at this moment as a Parquet file, a row for each event; `progress` is called with
/// the position reached. Sealed data stays sealed. Returns how many events there are.
pub async fn export_table(
    database: &PgConnectOptions,
    out: &mut (impl Write + Send),
    progress: impl Fn(i64),
) -> anyhow::Result<i64> {
    let mut db = open_snapshot(database).await?;
    let mut table = ParquetWriter::begin(out, COLUMNS)?;
    let mut rows = event_store::all_rows(&mut db);
    let mut events = 0;
    while let Some(next) = rows.try_next().await? {
        let position = next.position;
        table.write_row(row(next.into_raw_lossy()))?;
        events += 1;
        if events % 1_000 == 0 {
            progress(position);
        }
    }
    table.finish([])?.flush()?;
    Ok(events)
}

fn row(event: RawEvent) -> [Value; 14] {
    let meta = event.meta;
    let id = |id: Uuid| Value::Text(id.to_string());
    let id_or_empty = |other: Option<Uuid>| other.map_or(Value::Empty, id);
    [
        Value::Integer(event.position),
        Value::Text(event.stream),
        id(event.id),
        Value::Integer(event.version.into()),
        Value::Text(event.kind),
        Value::Integer(event.schema.into()),
        Value::Time(event.recorded_at),
        Value::Time(meta.effective_at.unwrap_or(event.recorded_at)),
        id(meta.actor),
        id_or_empty(meta.on_behalf_of),
        id(meta.command),
        id(meta.correlation),
        id_or_empty(meta.causation),
        Value::Text(event.data.get().to_owned()),
    ]
}
