//! `servicebook verify`: everything that must follow from everything else, at one moment.
//!
//! The log is read twice: by position (density, time, segments, what read models have seen) and by
//! aggregate (versions, contents, claims, numbers drawn). Of either nothing is kept but counts.

mod aggregates;
mod claims;
mod fold;
mod numbers;
mod order;

use std::collections::BTreeMap;

use sealing::KeyRing;
use serde::Serialize;
use sqlx::{PgConnection, postgres::PgConnectOptions};
use uuid::Uuid;

use crate::{Segment, snapshot::snapshot};

/// The log in the order of positions.
pub(crate) const EVENTS: &str =
    "select position, stream, id, version, type, schema, data::text, meta::text, recorded_at
     from event_store.events order by position";

/// How many faults are reported; after so many the rest says nothing new.
const FAULTS: usize = 100;

/// What an examination found.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub events: i64,
    /// How many aggregates they happened to.
    pub aggregates: i64,
    pub claims: i64,
    pub segments: i64,
    /// The position up to which segments vouch for the events.
    pub vouched: i64,
    /// Numbers drawn from counters.
    pub numbers: i64,
    /// Read models that have seen every event of theirs.
    pub models: i64,
    /// How often the log had run so far ahead of the clock that it was set back.
    pub set_back: i64,
    /// Kinds of events that this version does not know, and how many there are of each: a newer one
    /// wrote them. What became of their aggregates cannot be told.
    pub newer: BTreeMap<String, i64>,
    /// Sentences; none when all is well.
    pub faults: Vec<String>,
}

impl Report {
    fn fault(&mut self, fault: String) {
        if self.faults.len() < FAULTS {
            self.faults.push(fault);
        }
    }
}

/// Examines the log and all that goes with it as they are at this moment; `progress` hears how many
/// events were read of how many, each of them being read twice.
pub async fn verify(
    database: &PgConnectOptions,
    keys: &KeyRing,
    progress: impl Fn(i64, i64),
) -> anyhow::Result<Report> {
    let mut db = snapshot(database).await?;
    let mut report = Report::default();
    let head: i64 =
        sqlx::query_scalar("select count(*) from event_store.events").fetch_one(&mut db).await?;
    order::examine(&mut db, &mut report, |read| progress(read, head * 2)).await?;
    aggregates::examine(&mut db, keys, &mut report, |read| progress(head + read, head * 2)).await?;
    answers(&mut db, &mut report).await?;
    Ok(report)
}

/// All segments in order.
pub(crate) async fn segments(db: &mut PgConnection) -> sqlx::Result<Vec<Segment>> {
    sqlx::query_as("select * from event_store.segments order by number").fetch_all(db).await
}

/// Whether what is answered to commands that are sent again is what happened.
async fn answers(db: &mut PgConnection, report: &mut Report) -> sqlx::Result<()> {
    let wrong: Vec<(i64, Uuid)> = sqlx::query_as(
        "select i.position, i.id from event_store.idempotency i
         left join event_store.events e using (position)
         where i.position > 0 and (e.id, e.version) is distinct from (i.id, i.version)
         order by i.position limit 100",
    )
    .fetch_all(db)
    .await?;
    for (position, id) in wrong {
        report.fault(format!(
            "a command that is sent again is told of {id} at {position}, where it is not"
        ));
    }
    Ok(())
}
