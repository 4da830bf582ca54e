//! Whoever is erased is erased in what analysts were given, too.

use domain::{Recorded, platform::subject};
use projections::Projections;

use crate::{Begin, On, Reaction, Worker};

/// Takes erased people out of replayed read models.
pub fn erasure(projections: Projections) -> Worker {
    let reactions = vec![On::events_of::<subject::Subject>(Erasure { projections })];
    Worker { name: "platform.erasure", begin: Begin::First, reactions }
}

struct Erasure {
    projections: Projections,
}

impl Reaction<subject::Subject> for Erasure {
    async fn on(&self, fact: &Recorded<subject::Event>) -> anyhow::Result<()> {
        for (replay, outcome) in self.projections.forget_in_replays(fact.id).await? {
            tracing::info!(schema = replay.schema, ?outcome, "a person was erased in a replay");
        }
        Ok(())
    }
}
