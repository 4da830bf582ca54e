//! The one shape that every aggregate has.

use std::{error::Error, fmt::Debug};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Claim, Counter, DecisionContext, Fault, Recorded};

/// An aggregate as a pure machine: it decides from its state and evolves by its events
/// (the decider of Jérémie Chassaing).
///
/// The default value is the aggregate before anything happened to it. The state is never stored;
/// it is folded from the events each time, so it can change shape freely. The events cannot.
pub trait Decider: Clone + Debug + Default + Send + Sync + 'static {
    /// `context.aggregate`. Names the stream, the subject on the bus, the schema and the files.
    const NAME: &'static str;

    /// How older shapes of events become the present ones.
    const UPCASTERS: &'static [Upcaster] = &[];

    /// What it can be told to do: imperative, tagged with `type` on the wire.
    type Command: Clone + Debug + Serialize + DeserializeOwned + ToSchema + Send + Sync;
    /// What can have happened to it: past tense, kept for ever. Every variant has named fields
    /// (`Archived {}`), so that the data of an event is always a JSON object.
    type Event: Clone + Debug + PartialEq + Serialize + DeserializeOwned + ToSchema + Send + Sync;
    /// Why a command is refused.
    type Refusal: Refusal;
    /// What a decision must know of other aggregates; usually nothing, `()`.
    type Facts: Clone + Debug + Default + Send + Sync;

    /// The events that follow from a command, or why there are none.
    ///
    /// An empty list means that nothing needs to change.
    fn decide(
        &self,
        command: Self::Command,
        case: &DecisionContext<Self::Facts>,
    ) -> Result<Vec<Self::Event>, Self::Refusal>;

    /// The state after an event. This cannot fail: the event has happened.
    #[must_use]
    fn evolve(self, event: Self::Event) -> Self;

    /// The state after all that happened, in order.
    fn from_history(history: impl IntoIterator<Item = Recorded<Self::Event>>) -> Self {
        history.into_iter().fold(Self::default(), |state, recorded| state.evolve(recorded.event))
    }

    /// What no other aggregate may hold while this one is in this state.
    fn claims(&self) -> Vec<Claim> {
        Vec::new()
    }

    /// The number that an event draws as it is appended.
    fn counter(_: &Self::Event) -> Option<Counter> {
        None
    }
}

/// Brings the data of one kind of event from one shape to the next.
#[derive(Debug, Clone, Copy)]
pub struct Upcaster {
    /// The variant, as in Rust: `Created`.
    pub variant: &'static str,
    /// The shape it starts from; the result has the shape `from + 1`. The first shape is 1.
    pub from: i16,
    pub up: fn(&mut Value),
}

/// What an aggregate claims in a state. A claim without a key is a place in a set: its key is the holder.
pub fn claims_of<D: Decider>(state: &D, holder: Uuid) -> Vec<Claim> {
    let mut claims = state.claims();
    for claim in claims.iter_mut().filter(|claim| claim.key.is_empty()) {
        claim.key = holder.to_string();
    }
    claims
}

/// Why a command is refused: tagged with `code` on the wire; its text is for people.
pub trait Refusal: Error + PartialEq + Serialize + ToSchema + Send + Sync + 'static {
    /// The id of the business rule behind it: `SCH-4`.
    fn rule(&self) -> Option<&'static str> {
        None
    }

    /// Whether it follows from the state, the actor and the time alone: the command is refused, or changes
    /// nothing, whatever it says.
    fn is_of_state(&self) -> bool {
        false
    }

    /// What is wrong with the input itself. A refusal with faults is answered with 422, else with 409.
    fn faults(&self) -> Vec<Fault> {
        Vec::new()
    }
}
