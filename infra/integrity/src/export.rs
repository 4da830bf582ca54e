//! Exports the log as lines that can be checked without this program: every event, and each segment
//! behind its last event.

use std::io::Write;

use anyhow::Context;
use futures::TryStreamExt;
use sqlx::postgres::PgConnectOptions;

use crate::{line::event_line, segments::Segment, snapshot::open_snapshot};

/// How much was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportSummary {
    pub events: i64,
    pub segments: usize,
}

/// Writes the whole log as it is at this moment, one JSON object a line; `progress` is called with the
/// position reached. Sealed data stays sealed.
pub async fn export(
    database: &PgConnectOptions,
    out: &mut (impl Write + Send),
    progress: impl Fn(i64),
) -> anyhow::Result<ExportSummary> {
    let mut db = open_snapshot(database).await?;
    let mut segments = Segment::all(&mut db).await?.into_iter().peekable();
    let mut summary = ExportSummary { events: 0, segments: 0 };
    let mut rows = event_store::all_rows(&mut db);
    while let Some(row) = rows.try_next().await? {
        writeln!(out, "{}", event_line(&row)?).context("the export cannot be written")?;
        summary.events += 1;
        if summary.events % 1_000 == 0 {
            progress(row.position);
        }
        let complete = |segment: &Segment| segment.last <= row.position;
        while let Some(segment) = segments.next_if(complete) {
            writeln!(out, "{}", segment.to_json_line()).context("the export cannot be written")?;
            summary.segments += 1;
        }
    }
    out.flush().context("the export cannot be written")?;
    Ok(summary)
}
