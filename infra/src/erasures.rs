//! Every process forgets whoever is erased, wherever that was asked for: it follows the log for it.

use std::time::Duration;

use domain::platform::SUBJECT;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::system::System;

/// How old an erasure may be that a process which begins now has to hear of: what was read before
/// it may be in memory for less than that.
const REMEMBERED: Duration = Duration::from_mins(5);
/// How many come at once at most.
const BATCH: usize = 1_000;
/// The pause after the log could not be read. What is in memory goes by itself after half a minute.
const PAUSE: Duration = Duration::from_secs(1);

/// Follows the log until `stop`.
pub(crate) async fn follow(system: System, stop: CancellationToken) {
    while let Some(outcome) = stop.run_until_cancelled(forget(&system)).await {
        if let Err(why) = outcome {
            tracing::warn!("erasures are not heard of; trying again: {why:#}");
        }
        if stop.run_until_cancelled(sleep(PAUSE)).await.is_none() {
            return;
        }
    }
}

async fn forget(system: &System) -> sqlx::Result<()> {
    let older = "select coalesce((
             select position from event_store.events
             where recorded_at < clock_timestamp() - make_interval(secs => $1)
             order by position desc limit 1), 0)";
    let older = sqlx::query_scalar(older).bind(REMEMBERED.as_secs_f64());
    let mut position: i64 = older.fetch_one(&system.db).await?;
    let mut feed = system.projections.feed(vec![SUBJECT.to_owned()], BATCH);
    loop {
        let batch = feed.next(position).await?;
        for erased in &batch.events {
            system.commands.forget(erased.id);
        }
        position = batch.upto;
    }
}
