//! `servicebook verify`: checks the log, and everything that must follow from it, at one moment.
//!
//! The log is read twice: by position (gaps, time, segments, events seen by read models) and by
//! aggregate (versions, contents, claims, drawn numbers). Only counts are kept in memory.

mod aggregates;
mod claims;
mod fold;
mod numbers;
mod positions;
mod report;

use sealing::KeyRing;
use sqlx::{PgConnection, postgres::PgConnectOptions};
use uuid::Uuid;

pub use self::report::Report;
use crate::snapshot::open_snapshot;

/// Checks the log, and everything that follows from it, at this moment; `progress` is called with the
/// number of events read so far and in all, each being read twice.
pub async fn verify(
    database: &PgConnectOptions,
    keys: &KeyRing,
    progress: impl Fn(i64, i64),
) -> anyhow::Result<Report> {
    let mut db = open_snapshot(database).await?;
    let mut report = Report::default();
    let head: i64 =
        sqlx::query_scalar("select count(*) from event_store.events").fetch_one(&mut db).await?;
    positions::check_positions(&mut db, &mut report, |read| progress(read, head * 2)).await?;
    aggregates::check_aggregates(&mut db, keys, &mut report, |read| {
        progress(head + read, head * 2);
    })
    .await?;
    check_idempotent_answers(&mut db, &mut report).await?;
    Ok(report)
}

/// Checks that the stored answers to repeated commands name the right events.
async fn check_idempotent_answers(db: &mut PgConnection, report: &mut Report) -> sqlx::Result<()> {
    let wrong: Vec<(i64, Uuid)> = sqlx::query_as(
        "select i.position, i.id from event_store.idempotency i
         left join event_store.events e using (position)
         where i.position > 0 and (e.id, e.version) is distinct from (i.id, i.version)
         order by i.position limit 100",
    )
    .fetch_all(db)
    .await?;
    for (position, id) in wrong {
        report.add_fault(format!(
            "a command that is sent again is answered with {id} at {position}, where it is not"
        ));
    }
    Ok(())
}
