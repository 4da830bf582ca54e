//! Waiting until a read model contains what one has just done.

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

use crate::Projector;

/// How often the checkpoint itself is looked at while one waits: word of progress may get lost.
const LOOK: Duration = Duration::from_millis(250);

/// The last that was heard of every projector's position.
#[derive(Clone, Default)]
pub(crate) struct Heard(Arc<Mutex<HashMap<String, watch::Sender<i64>>>>);

impl Heard {
    pub(crate) fn tell(&self, projector: &str, position: i64) {
        self.of(projector).send_if_modified(|known| {
            let newer = position > *known;
            *known = position.max(*known);
            newer
        });
    }

    /// Takes back whatever was told.
    pub(crate) fn reset(&self, projector: &str, position: i64) {
        self.of(projector).send_replace(position);
    }

    fn of(&self, projector: &str) -> watch::Sender<i64> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(projector.to_owned()).or_insert_with(|| watch::channel(0).0).clone()
    }

    /// Listens to what the projectors of other processes say, for ever.
    pub(crate) async fn listen(self, bus: Bus) {
        loop {
            match bus.subscribe_progress().await {
                Ok(mut said) => {
                    while let Some(progress) = said.next().await {
                        // Whoever makes names up is not listened to.
                        if Projector::named(&progress.projector).is_err() {
                            continue;
                        }
                        self.tell(&progress.projector, progress.position);
                    }
                }
                Err(why) => tracing::debug!("progress is not heard: {why:#}"),
            }
            sleep(LOOK).await;
        }
    }

    /// Waits until a projector has reached a position, but not longer than `patience`. Answers
    /// with the position it has reached.
    pub(crate) async fn reached(
        &self,
        pool: &PgPool,
        projector: &str,
        position: i64,
        patience: Duration,
    ) -> sqlx::Result<i64> {
        let until = Instant::now() + patience;
        let teller = self.of(projector);
        let mut heard = teller.subscribe();
        loop {
            fail_point!("mutant.reached.lie", |_| Ok(position));
            let known = *heard.borrow_and_update();
            if known >= position {
                return Ok(known);
            }
            let stored = stored(pool, projector).await?;
            self.tell(projector, stored);
            if stored >= position || Instant::now() >= until {
                return Ok(stored);
            }
            let next_look = until.min(Instant::now() + LOOK);
            let _ = timeout_at(next_look, heard.wait_for(|known| *known >= position)).await;
        }
    }
}

async fn stored(pool: &PgPool, projector: &str) -> sqlx::Result<i64> {
    let position: Option<i64> =
        sqlx::query_scalar("select position from projections.checkpoints where name = $1")
            .bind(projector)
            .fetch_optional(pool)
            .await?;
    Ok(position.unwrap_or(0))
}
