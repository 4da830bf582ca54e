//! The last observed positions of the projectors, and waiting until one reaches a position.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bus::Bus;
use fail::fail_point;
use futures::StreamExt;
use sqlx::PgPool;
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout_at},
};

use crate::registry::projector_named;

/// How often the checkpoint itself is read while waiting: announcements of progress may get lost.
const CHECK_INTERVAL: Duration = Duration::from_millis(250);

/// The last observed position of each projector.
#[derive(Clone, Default)]
pub(crate) struct ObservedPositions(Arc<Mutex<HashMap<String, watch::Sender<i64>>>>);

impl ObservedPositions {
    /// Records a position, unless a later one is known.
    pub(crate) fn record(&self, projector: &str, position: i64) {
        self.channel_of(projector).send_if_modified(|latest| {
            let newer = position > *latest;
            *latest = position.max(*latest);
            newer
        });
    }

    /// Replaces the position, even by an earlier one.
    pub(crate) fn reset(&self, projector: &str, position: i64) {
        self.channel_of(projector).send_replace(position);
    }

    fn channel_of(&self, projector: &str) -> watch::Sender<i64> {
        let mut channels = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        channels.entry(projector.to_owned()).or_insert_with(|| watch::channel(0).0).clone()
    }

    /// Receives the announcements of the projectors of other processes, for ever.
    pub(crate) async fn listen(self, bus: Bus) {
        loop {
            match bus.subscribe_progress().await {
                Ok(mut messages) => {
                    while let Some(progress) = messages.next().await {
                        // Unknown names are ignored, so that they take no memory.
                        if projector_named(&progress.projector).is_err() {
                            continue;
                        }
                        self.record(&progress.projector, progress.position);
                    }
                }
                Err(why) => tracing::debug!("progress is not heard: {why:#}"),
            }
            sleep(CHECK_INTERVAL).await;
        }
    }

    /// Waits until a projector has reached a position, at most `max_wait`. Returns the position that it
    /// has reached.
    pub(crate) async fn wait_until_reached(
        &self,
        pool: &PgPool,
        projector: &str,
        position: i64,
        max_wait: Duration,
    ) -> sqlx::Result<i64> {
        let deadline = Instant::now() + max_wait;
        let channel = self.channel_of(projector);
        let mut observed = channel.subscribe();
        loop {
            fail_point!("mutant.reached.lie", |_| Ok(position));
            let latest = *observed.borrow_and_update();
            if latest >= position {
                return Ok(latest);
            }
            let stored = stored_position(pool, projector).await?;
            self.record(projector, stored);
            if stored >= position || Instant::now() >= deadline {
                return Ok(stored);
            }
            let next_check = deadline.min(Instant::now() + CHECK_INTERVAL);
            let _ = timeout_at(next_check, observed.wait_for(|latest| *latest >= position)).await;
        }
    }
}

async fn stored_position(pool: &PgPool, projector: &str) -> sqlx::Result<i64> {
    let position: Option<i64> =
        sqlx::query_scalar("select position from projections.checkpoints where name = $1")
            .bind(projector)
            .fetch_optional(pool)
            .await?;
    Ok(position.unwrap_or(0))
}
