//! Runs a projector: follows the log until it is stopped.

use std::time::Duration;

use metrics::{counter, gauge, histogram};
use tokio::{select, time::sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    Error, ParkedStream, Projections, Projector,
    feed::Feed,
    live::{AppliedBatch, LiveModel},
};

/// The shortest and the longest pause after a failure; it doubles each time.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));

impl Projections {
    /// Keeps a read model up to date until `stop`: builds it if it is missing or outdated, follows the
    /// log, and starts again after any failure. Several processes may run the same projector: each skips
    /// what another has applied.
    pub async fn run(&self, projector: &'static Projector, stop: CancellationToken) {
        let mut pause = BACKOFF.0;
        let retry = |due| self.retry_all_parked(projector, due);
        let mut retries =
            Box::pin(ParkedStream::retry_when_due(&self.pool, projector.name, &stop, retry));
        loop {
            let followed = stop.run_until_cancelled(self.follow(projector, &mut pause));
            let outcome = select! {
                outcome = followed => outcome,
                () = &mut retries => None,
            };
            let Some(outcome) = outcome else { return };
            if let Err(why) = outcome {
                counter!("servicebook_projector_failures_total", "projector" => projector.name)
                    .increment(1);
                tracing::warn!(projector = projector.name, "trying again in {pause:?}: {why}");
            }
            if stop.run_until_cancelled(sleep(pause)).await.is_none() {
                return;
            }
            pause = (pause * 2).min(BACKOFF.1);
        }
    }

    async fn follow(
        &self,
        projector: &'static Projector,
        pause: &mut Duration,
    ) -> Result<(), Error> {
        self.build_if_outdated(projector).await?;
        let ring = self.ring.clone();
        let (mut live, checkpoint) =
            LiveModel::open(&self.writers, projector, projector.name, ring).await?;
        let tail = self.bus.as_ref().map(|(_, tail)| tail);
        let mut feed =
            Feed::new(self.pool.clone(), projector.consumed_streams(), self.batch_size, tail);
        let mut position = checkpoint.position;
        // A database that crashed may have lost positions that were published already.
        self.observed.reset(projector.name, position);
        self.publish_position(projector, position).await;
        loop {
            let on_position = |position| self.observed.record(projector.name, position);
            let batch = feed.next_with_position(position, on_position).await?;
            let step = live.advance(&batch).await?;
            position = step.position;
            *pause = BACKOFF.0;
            self.publish_position(projector, position).await;
            measure(projector.name, &step);
        }
    }

    /// Folds parked streams again, each in its own transaction, so that new events do not wait for long.
    async fn retry_all_parked(
        &self,
        projector: &'static Projector,
        due: Vec<ParkedStream>,
    ) -> Result<(), Error> {
        let ring = self.ring.clone();
        let (mut live, _) = LiveModel::open(&self.writers, projector, projector.name, ring).await?;
        for parked in due {
            // Only if another process has not retried it meanwhile.
            live.retry_parked(|current| *current == parked).await?;
        }
        Ok(())
    }

    async fn publish_position(&self, projector: &Projector, position: i64) {
        self.observed.record(projector.name, position);
        if let Some((bus, _)) = &self.bus {
            bus.announce_progress(projector.name, position).await;
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "metrics are floating-point numbers")]
fn measure(name: &'static str, step: &AppliedBatch) {
    gauge!("servicebook_projector_position", "projector" => name).set(step.position as f64);
    counter!("servicebook_projector_events_total", "projector" => name)
        .increment(step.events as u64);
    histogram!("servicebook_projector_batch_events", "projector" => name)
        .record(step.events as f64);
    if let Some(lag) = step.lag {
        gauge!("servicebook_projector_lag_seconds", "projector" => name).set(lag);
    }
}
