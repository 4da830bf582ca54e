//! Following the log, for ever.

use std::time::Duration;

use metrics::{counter, gauge, histogram};
use tokio::{select, time::sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    Error, Parked, Projections, Projector,
    feed::Feed,
    live::{Live, Step},
};

/// The pauses after failures: doubled each time, between these two.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));

impl Projections {
    /// Keeps a read model until `stop`: builds it where it is missing or out of date, follows the
    /// log, and begins again after whatever fails. Two processes may keep the same one: what one
    /// has applied the other leaves out.
    pub async fn run(&self, projector: &'static Projector, stop: CancellationToken) {
        let mut pause = PAUSES.0;
        let again = |due| self.unpark_all(projector, due);
        let mut retries = Box::pin(Parked::retry(&self.pool, projector.name, &stop, again));
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
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    async fn follow(
        &self,
        projector: &'static Projector,
        pause: &mut Duration,
    ) -> Result<(), Error> {
        self.prepare(projector).await?;
        let ring = self.ring.clone();
        let (mut live, at) = Live::open(&self.pool, projector, projector.name, ring).await?;
        let tail = self.bus.as_ref().map(|(_, tail)| tail);
        let mut feed = Feed::new(self.pool.clone(), projector.consumes(), self.batch, tail);
        let mut position = at.position;
        // A database that crashed may have lost what was told already.
        self.heard.reset(projector.name, position);
        self.tell(projector, position).await;
        loop {
            let seen = |position| self.heard.tell(projector.name, position);
            let batch = feed.next_telling(position, seen).await?;
            let step = live.advance(&batch).await?;
            position = step.position;
            *pause = PAUSES.0;
            self.tell(projector, position).await;
            measure(projector.name, &step);
        }
    }

    /// Folds parked streams again, each in a transaction of its own, so that new events do not wait for
    /// long.
    async fn unpark_all(
        &self,
        projector: &'static Projector,
        due: Vec<Parked>,
    ) -> Result<(), Error> {
        let ring = self.ring.clone();
        let (mut live, _) = Live::open(&self.pool, projector, projector.name, ring).await?;
        for parked in due {
            // Another process may have been faster: then it is not as it was.
            live.unpark(|now| *now == parked).await?;
        }
        Ok(())
    }

    async fn tell(&self, projector: &Projector, position: i64) {
        self.heard.tell(projector.name, position);
        if let Some((bus, _)) = &self.bus {
            bus.announce_progress(projector.name, position).await;
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "metrics are floating-point numbers")]
fn measure(name: &'static str, step: &Step) {
    gauge!("servicebook_projector_position", "projector" => name).set(step.position as f64);
    counter!("servicebook_projector_events_total", "projector" => name)
        .increment(step.events as u64);
    histogram!("servicebook_projector_batch_events", "projector" => name)
        .record(step.events as f64);
    if let Some(lag) = step.lag {
        gauge!("servicebook_projector_lag_seconds", "projector" => name).set(lag);
    }
}
