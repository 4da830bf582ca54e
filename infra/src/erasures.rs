//! Every process forgets whoever is erased, wherever that was asked for: it follows the log for it.

use std::time::Duration;

use chrono::TimeDelta;
use domain::platform::SUBJECT;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::system::System;

/// How old an erasure may be that a process which begins now has to hear of: what was read before
/// it may be in memory for less than that.
const REMEMBERED: TimeDelta = TimeDelta::minutes(5);
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
    let began = system.commands.now() - REMEMBERED;
    let mut position = event_store::head_at(&system.db, began).await?;
    let mut feed = system.projections.feed(vec![SUBJECT.to_owned()], BATCH);
    loop {
        let batch = feed.next(position).await?;
        for erased in &batch.events {
            system.commands.forget(erased.id);
        }
        position = batch.upto;
    }
}
