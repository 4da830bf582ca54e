//! Dry decisions: whether commands could be given now, without giving them.

use chrono::{DateTime, Utc};
use domain::{DecisionContext, Id, Refusal, identity::Actor};

use crate::{Commands, Handler, ReadError, handler::missing_right};

/// Whether a command could be given now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict<R> {
    /// The state allows it. What it says, or facts of other aggregates, can still be refused.
    Possible,
    /// It would change nothing, whatever it says.
    Unchanged,
    /// The state forbids it, whatever it says.
    Refused(R),
}

/// An aggregate as it is now, for dry decisions.
pub struct DryDecider<H: Handler> {
    id: Id<H>,
    state: H,
    now: DateTime<Utc>,
}

impl Commands {
    /// An aggregate as it is now, at least in this version.
    pub async fn dry_decider<H: Handler>(
        &self,
        id: Id<H>,
        min_version: i32,
    ) -> Result<DryDecider<H>, ReadError> {
        let state = self.aggregates().load_at_least(id, min_version).await?;
        Ok(DryDecider { id, state, now: self.now() })
    }
}

impl<H: Handler> DryDecider<H> {
    /// What would come of a command of a kind, of which `sample_commands` are some that say different things.
    /// `None` if the actor lacks the right.
    pub fn verdict_on_kind(
        &self,
        by: &Actor,
        sample_commands: &[H::Command],
    ) -> Option<Verdict<H::Refusal>> {
        let facts = H::Facts::default();
        let case = DecisionContext { id: self.id.uuid(), by: by.clone(), now: self.now, facts };
        let mut verdict = None;
        for command in sample_commands {
            if missing_right(&self.state, self.id, command, by).is_some() {
                continue;
            }
            match self.state.decide(command.clone(), &case) {
                Ok(events) if events.is_empty() => verdict = verdict.or(Some(Verdict::Unchanged)),
                Err(refusal) if refusal.is_of_state() => verdict = Some(Verdict::Refused(refusal)),
                Ok(_) | Err(_) => return Some(Verdict::Possible),
            }
        }
        verdict
    }
}
