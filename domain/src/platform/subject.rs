//! A data subject: someone whose personal data is sealed with a key of his own.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use utoipa::ToSchema;

use crate::{Case, Decider, Id};

/// The id of the person as it stands in [`Personal::of`](crate::Personal::of): a customer's, a
/// user's.
pub type SubjectId = Id<Subject>;

/// The person behind the data. That he is erased is all that is known about him here.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Subject {
    erased: bool,
}

/// Why a person is forgotten; a fixed list, because free text could name him for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The person asked for it (GDPR, article 17).
    Requested,
    /// Nothing obliges or entitles us to keep the data any longer.
    RetentionEnded,
    /// The data should never have been recorded.
    Mistake,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// Destroys the key of a person: nobody can ever read the person's data again.
    Erase { reason: Reason },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    /// The key was destroyed in the transaction that appended this.
    Erased { reason: Reason },
}

#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {}

impl crate::Refusal for Refusal {}

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
    type Facts = ();

    fn decide(
        &self,
        Command::Erase { reason }: Command,
        _: &Case<()>,
    ) -> Result<Vec<Event>, Refusal> {
        Ok(if self.erased { vec![] } else { vec![Event::Erased { reason }] })
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
        let [erase, erased] = [Reason::Requested, Reason::Mistake];
        Subject::given([])
            .when(Command::Erase { reason: erase })
            .then([Event::Erased { reason: erase }]);
        Subject::given([Event::Erased { reason: erased }])
            .when(Command::Erase { reason: erase })
            .then([]);
    }
}
