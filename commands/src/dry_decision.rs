//! Dry decisions: whether commands could be given now, without giving them.

use chrono::{DateTime, Utc};
use domain::{DecisionContext, Id, Refusal, identity::Actor};
use sealing::{EventLocation, KeyRing, SealingError, SubjectKeys};

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
    /// It would record something of a person who was erased.
    SubjectErased,
}

/// An aggregate as it is now, for dry decisions.
pub struct DryDecider<A: Handler> {
    id: Id<A>,
    state: A,
    now: DateTime<Utc>,
    ring: KeyRing,
    /// The keys that were asked for so far.
    keys: SubjectKeys,
}

impl Commands {
    /// An aggregate as it is now, at least in this version.
    pub async fn dry_decider<A: Handler>(
        &self,
        id: Id<A>,
        min_version: i32,
    ) -> Result<DryDecider<A>, ReadError> {
        let state = self.aggregates().load_at_least(id, min_version).await?;
        let ring = self.aggregates().keys().clone();
        Ok(DryDecider { id, state, now: self.now(), ring, keys: SubjectKeys::default() })
    }
}

impl<A: Handler> DryDecider<A> {
    /// What would come of a command of a kind, of which `sample_commands` are some that say different things.
    /// `None` if the actor lacks the right.
    pub async fn verdict_on_kind(
        &mut self,
        by: &Actor,
        sample_commands: &[A::Command],
    ) -> sqlx::Result<Option<Verdict<A::Refusal>>> {
        let facts = A::Facts::default();
        let case = DecisionContext { id: self.id.uuid(), by: by.clone(), now: self.now, facts };
        let (mut verdict, mut is_erased, mut is_unknown) = (None, false, false);
        for command in sample_commands {
            if missing_right(&self.state, self.id, command, by).is_some() {
                continue;
            }
            match self.state.decide(command.clone(), &case) {
                Ok(events) if events.is_empty() => verdict = verdict.or(Some(Verdict::Unchanged)),
                Err(refusal) if refusal.is_of_state() => verdict = Some(Verdict::Refused(refusal)),
                Ok(events) if self.are_of_erased(&events).await? => is_erased = true,
                Ok(_) => return Ok(Some(Verdict::Possible)),
                Err(_) => is_unknown = true,
            }
        }
        Ok(match verdict {
            _ if is_erased => Some(Verdict::SubjectErased),
            _ if is_unknown => Some(Verdict::Possible),
            verdict => verdict,
        })
    }

    /// Whether something in the events is to be sealed for somebody who was erased.
    async fn are_of_erased(&mut self, events: &[A::Event]) -> sqlx::Result<bool> {
        let id = self.id.uuid();
        let location = EventLocation { stream: A::NAME, id, version: 0 };
        for event in events {
            let sealed = match self.keys.seal_event::<A>(location, event) {
                Err(SealingError::Missing(people)) => {
                    self.keys.add_all(&self.ring.keys(people).await?);
                    self.keys.seal_event::<A>(location, event)
                }
                sealed => sealed,
            };
            if matches!(sealed, Err(SealingError::Erased(_))) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
