//! A data subject: someone whose personal data is sealed with a key of their own.

use serde::{Deserialize, Serialize};
use strum::EnumDiscriminants;
use thiserror::Error;
use utoipa::ToSchema;

pub use super::SubjectId;
use crate::{Decider, DecisionContext};

/// The person behind the data. Only whether they are erased is kept here.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Subject {
    erased: bool,
}

/// Why a person is forgotten; a fixed list, because free text could name them for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ErasureReason)]
pub enum ErasureReason {
    /// The person asked for it (GDPR, article 17).
    Requested,
    /// Nothing obliges or entitles us to keep the data any longer.
    RetentionEnded,
    /// The data should never have been recorded.
    Mistake,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// Destroys the key of a person: nobody can ever read the person's data again.
    Erase { reason: ErasureReason },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    /// The key was destroyed in the transaction that appended this.
    Erased { reason: ErasureReason },
}

#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("who is to be erased still signs in; deactivate the user first")]
    SignsIn,
    #[error("no personal data was ever recorded under this id")]
    Unknown,
}

impl crate::Refusal for Refusal {}

/// What a decision must know of the person.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Whether the person is a user who is not deactivated. Their claim on a mailbox must be released
    /// first: that takes the address, which erasing makes unreadable.
    pub signs_in: bool,
    /// Whether no key was ever created for this id: the caller mistyped it.
    pub unknown: bool,
}

impl Subject {
    pub fn is_erased(&self) -> bool {
        self.erased
    }
}

impl Decider for Subject {
    const NAME: &'static str = "platform.subject";

    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;
    type Facts = Facts;

    fn decide(
        &self,
        command: Command,
        case: &DecisionContext<Facts>,
    ) -> Result<Vec<Event>, Refusal> {
        let Command::Erase { reason } = command;
        match self.erased {
            true => Ok(vec![]),
            false if case.facts.unknown => Err(Refusal::Unknown),
            false if case.facts.signs_in => Err(Refusal::SignsIn),
            false => Ok(vec![Event::Erased { reason }]),
        }
    }

    fn evolve(self, Event::Erased { .. }: Event) -> Self {
        Self { erased: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Spec;

    #[test]
    fn plt_1_a_person_is_erased_once_and_for_all() {
        Subject::given([]).when(erase()).then([erased()]);
        Subject::given([erased()]).when(erase()).then([]);
    }

    #[test]
    fn who_signs_in_is_deactivated_before_the_key_is_destroyed() {
        Subject::given([])
            .knowing(Facts { signs_in: true, unknown: false })
            .when(erase())
            .refused(Refusal::SignsIn);
    }

    #[test]
    fn nobody_is_erased_under_an_id_that_is_nobodys() {
        Subject::given([])
            .knowing(Facts { signs_in: false, unknown: true })
            .when(erase())
            .refused(Refusal::Unknown);
    }

    fn erase() -> Command {
        Command::Erase { reason: ErasureReason::Requested }
    }

    fn erased() -> Event {
        Event::Erased { reason: ErasureReason::Requested }
    }
}
