//! The log as lines that anybody can check: every event, and behind its last event each segment.

use std::io::Write;

use anyhow::Context;
use futures::TryStreamExt;
use sqlx::postgres::PgConnectOptions;

use crate::{
    Segment,
    line::Row,
    snapshot::snapshot,
    verify::{EVENTS, segments},
};

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported {
    pub events: i64,
    pub segments: usize,
}

/// Writes the whole log as it is at this moment, one JSON object a line; `progress` hears the
/// position reached. What is sealed stays sealed.
pub async fn export(
    database: &PgConnectOptions,
    out: &mut (impl Write + Send),
    progress: impl Fn(i64),
) -> anyhow::Result<Exported> {
    let mut db = snapshot(database).await?;
    let mut segments = segments(&mut db).await?.into_iter().peekable();
    let mut exported = Exported { events: 0, segments: 0 };
    let mut rows = sqlx::query_as::<_, Row>(EVENTS).fetch(&mut db);
    while let Some(row) = rows.try_next().await? {
        writeln!(out, "{}", row.line()?).context("the export cannot be written")?;
        exported.events += 1;
        if exported.events % 1_000 == 0 {
            progress(row.position);
        }
        let complete = |segment: &Segment| segment.last <= row.position;
        while let Some(segment) = segments.next_if(complete) {
            writeln!(out, "{}", segment.line()).context("the export cannot be written")?;
            exported.segments += 1;
        }
    }
    out.flush().context("the export cannot be written")?;
    Ok(exported)
}
