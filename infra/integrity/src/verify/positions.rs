//! Checks the log position by position: no gaps, in the order of time, unchanged since its segments were
//! closed, and seen in full by every read model.

use std::vec;

use chrono::{DateTime, TimeDelta, Utc};
use event_store::Row;
use futures::TryStreamExt;
use projections::{Checkpoint, EventDigest, Projector};
use sqlx::PgConnection;

use super::report::Report;
use crate::{
    line::{event_line, line_digest},
    segments::{Segment, SegmentHash},
};

/// If the log is further ahead of the clock than this, the append falls back to the clock.
const MAX_AHEAD: TimeDelta = TimeDelta::minutes(1);

pub(super) async fn check_positions(
    db: &mut PgConnection,
    report: &mut Report,
    progress: impl Fn(i64),
) -> anyhow::Result<()> {
    let mut models = models(db, report).await?;
    let mut chain = SegmentChain::new(Segment::all(db).await?);
    let mut last: Option<DateTime<Utc>> = None;
    let mut previous = 0;
    let mut rows = event_store::all_rows(db);
    while let Some(row) = rows.try_next().await? {
        let position = row.position;
        if position != previous + 1 {
            report.add_fault(format!(
                "after position {previous} comes {position}: events are missing"
            ));
        }
        match last.map(|last| last - row.recorded_at) {
            Some(backwards) if backwards > MAX_AHEAD => report.set_back += 1,
            Some(backwards) if backwards > TimeDelta::zero() => {
                report.add_fault(format!("{position} was recorded before its predecessor"));
            }
            _ => {}
        }
        (previous, last) = (position, Some(row.recorded_at));
        chain.add(position, &line_digest(&event_line(&row)?), report);
        for model in &mut models {
            model.count(&row);
        }
        report.events += 1;
        if report.events % 1_000 == 0 {
            progress(report.events);
        }
    }
    chain.finish(report);
    for model in models {
        model.finish(report);
    }
    Ok(())
}

/// A read model, and the events that it should have seen.
struct ModelCheck {
    projector: &'static Projector,
    streams: Vec<String>,
    checkpoint: Checkpoint,
    logged: EventDigest,
}

async fn models(db: &mut PgConnection, report: &mut Report) -> sqlx::Result<Vec<ModelCheck>> {
    let mut models = Vec::new();
    for projector in projections::all_projectors() {
        match Checkpoint::find(db, projector.name).await? {
            None => report.add_fault(format!("{} was never built", projector.name)),
            Some(checkpoint) => {
                let (streams, logged) = (projector.consumed_streams(), EventDigest::default());
                models.push(ModelCheck { projector, streams, checkpoint, logged });
            }
        }
    }
    Ok(models)
}

impl ModelCheck {
    fn count(&mut self, row: &Row) {
        if row.position <= self.checkpoint.position && self.streams.contains(&row.stream) {
            self.logged.add_position(row.position);
        }
    }

    fn finish(self, report: &mut Report) {
        let Self { projector: Projector { name, .. }, checkpoint, logged, .. } = self;
        if checkpoint.digest == logged {
            report.models += 1;
        } else {
            report.add_fault(format!(
                "{name} saw {} events up to {}, the log has {}, or others: rebuild it",
                checkpoint.digest.events, checkpoint.position, logged.events
            ));
        }
    }
}

/// Checks the segments while their events are read.
struct SegmentChain {
    remaining: vec::IntoIter<Segment>,
    /// The segment whose events are being read, and their hash so far.
    open: Option<(Segment, SegmentHash)>,
    /// The segment before it.
    previous: Option<Segment>,
}

impl SegmentChain {
    fn new(segments: Vec<Segment>) -> Self {
        Self { remaining: segments.into_iter(), open: None, previous: None }
    }

    fn add(&mut self, position: i64, digest: &[u8; 32], report: &mut Report) {
        if self.open.is_none() {
            self.next(report);
        }
        // The end of a segment may be among missing events.
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
        let Some(segment) = self.remaining.next() else { return };
        let previous = self.previous.as_ref();
        let (number, last) = previous.map_or((0, 0), |previous| (previous.number, previous.last));
        if (segment.number, segment.first) != (number + 1, last + 1) {
            report.add_fault(format!(
                "segment {number} ends at {last}, and {} begins at {}: segments are missing",
                segment.number, segment.first
            ));
        }
        let hash = SegmentHash::chained_to(
            previous.map(|previous| previous.hash.as_slice()).unwrap_or_default(),
        );
        self.open = Some((segment, hash));
    }

    fn close(&mut self, report: &mut Report) {
        let Some((segment, hash)) = self.open.take() else { return };
        let Segment { number, first, last, .. } = segment;
        if hash.finish() == segment.hash {
            report.segments += 1;
            report.hashed = last;
        } else {
            report.add_fault(format!(
                "segment {number}: the events from {first} to {last} are not those that were \
                 recorded: something was changed, taken out or put in"
            ));
        }
        self.previous = Some(segment);
    }

    fn finish(mut self, report: &mut Report) {
        if self.open.is_none() {
            self.next(report);
        }
        while self.open.is_some() {
            self.close(report);
            self.next(report);
        }
    }
}
