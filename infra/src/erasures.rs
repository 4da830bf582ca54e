//! Follows the log for erasures, so that every process drops the erased person's keys from memory.

use std::time::Duration;

use chrono::TimeDelta;
use domain::platform::SUBJECT_STREAM;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::system::System;

/// How far back a starting process reads: longer than keys read before an erasure stay in memory.
const LOOK_BACK: TimeDelta = TimeDelta::minutes(5);
/// The largest batch of events.
const MAX_BATCH: usize = 1_000;
/// The pause after the log could not be read. Keys in memory expire after half a minute anyway.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// Follows the log until `stop`.
pub(crate) async fn evict_erased_keys(system: System, stop: CancellationToken) {
    while let Some(outcome) = stop.run_until_cancelled(follow_erasures(&system)).await {
        if let Err(why) = outcome {
            tracing::warn!("erasures cannot be followed; trying again: {why:#}");
        }
        if stop.run_until_cancelled(sleep(RETRY_PAUSE)).await.is_none() {
            return;
        }
    }
}

async fn follow_erasures(system: &System) -> sqlx::Result<()> {
    let since = system.commands.now() - LOOK_BACK;
    let mut position = event_store::head_at(&system.db, since).await?;
    let mut feed = system.projections.feed(vec![SUBJECT_STREAM.to_owned()], MAX_BATCH);
    loop {
        let batch = feed.next(position).await?;
        for erased in &batch.events {
            system.commands.evict_subject(erased.id);
        }
        position = batch.upto;
    }
}
