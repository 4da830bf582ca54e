//! The log by position: dense, in the order of time, as its segments say, and wholly seen by every
//! read model.

use std::vec;

use chrono::{DateTime, TimeDelta, Utc};
use futures::TryStreamExt;
use projections::{Checkpoint, Count, Projector};
use sqlx::PgConnection;

use super::{EVENTS, Report, segments};
use crate::{
    Segment,
    line::{Row, digest_of},
    segments::Hash,
};

/// Once the log is so far ahead of the clock, the append goes back to the clock.
const AHEAD: TimeDelta = TimeDelta::minutes(1);

pub(super) async fn examine(
    db: &mut PgConnection,
    report: &mut Report,
    progress: impl Fn(i64),
) -> anyhow::Result<()> {
    let mut models = models(db, report).await?;
    let mut chain = Chain::new(segments(db).await?);
    let mut last: Option<DateTime<Utc>> = None;
    let mut before = 0;
    let mut rows = sqlx::query_as::<_, Row>(EVENTS).fetch(db);
    while let Some(row) = rows.try_next().await? {
        let position = row.position;
        if position != before + 1 {
            report.fault(format!("after position {before} comes {position}: events are missing"));
        }
        match last.map(|last| last - row.recorded_at) {
            Some(back) if back > AHEAD => report.set_back += 1,
            Some(back) if back > TimeDelta::zero() => {
                report.fault(format!("{position} was recorded before its predecessor"));
            }
            _ => {}
        }
        (before, last) = (position, Some(row.recorded_at));
        chain.add(position, &digest_of(&row.line()?), report);
        for model in &mut models {
            model.see(&row);
        }
        report.events += 1;
        if report.events % 1_000 == 0 {
            progress(report.events);
        }
    }
    chain.end(report);
    for model in models {
        model.end(report);
    }
    Ok(())
}

/// A read model, and what it should have seen by now.
struct Model {
    projector: &'static Projector,
    streams: Vec<String>,
    checkpoint: Checkpoint,
    logged: Count,
}

async fn models(db: &mut PgConnection, report: &mut Report) -> sqlx::Result<Vec<Model>> {
    let mut models = Vec::new();
    for projector in projections::all() {
        match Checkpoint::find(db, projector.name).await? {
            None => report.fault(format!("{} was never built", projector.name)),
            Some(checkpoint) => {
                let (streams, logged) = (projector.consumes(), Count::default());
                models.push(Model { projector, streams, checkpoint, logged });
            }
        }
    }
    Ok(models)
}

impl Model {
    fn see(&mut self, row: &Row) {
        if row.position <= self.checkpoint.position && self.streams.contains(&row.stream) {
            self.logged.add(row.position);
        }
    }

    fn end(self, report: &mut Report) {
        let Self { projector: Projector { name, .. }, checkpoint, logged, .. } = self;
        if checkpoint.count == logged {
            report.models += 1;
        } else {
            report.fault(format!(
                "{name} saw {} events up to {}, the log has {}, or others: rebuild it",
                checkpoint.count.events, checkpoint.position, logged.events
            ));
        }
    }
}

/// The segments, checked as their events come along.
struct Chain {
    left: vec::IntoIter<Segment>,
    /// The one whose events come now, and their hash so far.
    open: Option<(Segment, Hash)>,
    /// The one before it.
    before: Option<Segment>,
}

impl Chain {
    fn new(segments: Vec<Segment>) -> Self {
        Self { left: segments.into_iter(), open: None, before: None }
    }

    fn add(&mut self, position: i64, digest: &[u8; 32], report: &mut Report) {
        if self.open.is_none() {
            self.next(report);
        }
        // Events that are missing may take a segment's end with them.
        while self.open.as_ref().is_some_and(|(segment, _)| segment.last < position) {
            self.close(report);
            self.next(report);
        }
        if let Some((segment, hash)) = &mut self.open
            && segment.first <= position
        {
            hash.add(digest);
            if segment.last == position {
                self.close(report);
            }
        }
    }

    fn next(&mut self, report: &mut Report) {
        let Some(segment) = self.left.next() else { return };
        let before = self.before.as_ref();
        let (number, last) = before.map_or((0, 0), |before| (before.number, before.last));
        if (segment.number, segment.first) != (number + 1, last + 1) {
            report.fault(format!(
                "segment {number} ends at {last}, and {} begins at {}: segments are missing",
                segment.number, segment.first
            ));
        }
        let previous = before.map(|before| before.hash.as_slice()).unwrap_or_default();
        let hash = Hash::after(previous);
        self.open = Some((segment, hash));
    }

    fn close(&mut self, report: &mut Report) {
        let Some((segment, hash)) = self.open.take() else { return };
        let Segment { number, first, last, .. } = segment;
        if hash.finish() == segment.hash {
            report.segments += 1;
            report.vouched = last;
        } else {
            report.fault(format!(
                "segment {number}: the events from {first} to {last} are not those that were \
                 recorded: something was changed, taken out or put in"
            ));
        }
        self.before = Some(segment);
    }

    fn end(mut self, report: &mut Report) {
        if self.open.is_none() {
            self.next(report);
        }
        while self.open.is_some() {
            self.close(report);
            self.next(report);
        }
    }
}
