//! Erases people in replayed read models, which analysts use, too.

use domain::{Recorded, platform::subject};
use projections::Projections;

use crate::{AnyReaction, Reaction, StartAt, Worker};

/// Removes erased people from replayed read models.
pub fn erase_from_replays_worker(projections: Projections) -> Worker {
    let reactions =
        vec![AnyReaction::to_events_of::<subject::Subject>(ReplayErasure { projections })];
    Worker { name: "platform.erasure", start_at: StartAt::FirstEvent, reactions }
}

struct ReplayErasure {
    projections: Projections,
}

impl Reaction<subject::Subject> for ReplayErasure {
    async fn react(&self, recorded: &Recorded<subject::Event>) -> anyhow::Result<()> {
        for (replay, outcome) in self.projections.erase_from_replays(recorded.id).await? {
            tracing::info!(schema = replay.schema, ?outcome, "a person was erased in a replay");
        }
        Ok(())
    }
}
