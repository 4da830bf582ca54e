//! Macros: what they are and what may become of them.

use serde::{Deserialize, Serialize};
use strum::EnumDiscriminants;
use thiserror::Error;
use utoipa::ToSchema;

pub use super::MacroId;
use crate::{Case, Decider, Text};

/// Nothing until it is created.
#[derive(Debug, Clone, Default)]
pub struct Macro {
    name: Option<Text<200>>,
    retired: bool,
}

/// What can be asked of a macro.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Begins it.
    Create { name: Text<200> },
    /// Gives it another name.
    Rename { name: Text<200> },
    /// Takes it out of use; it can still be read.
    Retire {},
}

/// What can have happened to a macro.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    Created { name: Text<200> },
    Renamed { name: Text<200> },
    Retired {},
}

/// Why the business says no.
#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("there is no such macro")]
    NotCreated,
    #[error("the macro exists already")]
    AlreadyCreated,
    #[error("the macro is retired")]
    Retired,
}

impl crate::Refusal for Refusal {}

impl Decider for Macro {
    const NAME: &'static str = "support.macro";

    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;
    type Facts = ();

    fn decide(&self, command: Command, _: &Case<()>) -> Result<Vec<Event>, Refusal> {
        match (&self.name, command) {
            (None, Command::Create { name }) => Ok(vec![Event::Created { name }]),
            (None, _) => Err(Refusal::NotCreated),
            (Some(_), Command::Create { .. }) => Err(Refusal::AlreadyCreated),
            (Some(_), Command::Retire {}) if self.retired => Ok(vec![]),
            (Some(_), Command::Retire {}) => Ok(vec![Event::Retired {}]),
            (Some(_), Command::Rename { .. }) if self.retired => Err(Refusal::Retired),
            (Some(present), Command::Rename { name }) if name == *present => Ok(vec![]),
            (Some(_), Command::Rename { name }) => Ok(vec![Event::Renamed { name }]),
        }
    }

    fn evolve(mut self, event: Event) -> Self {
        match event {
            Event::Created { name } | Event::Renamed { name } => self.name = Some(name),
            Event::Retired {} => self.retired = true,
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Spec;

    #[test]
    fn it_is_created_once() {
        let create = || Command::Create { name: name("One") };
        Macro::given([]).when(create()).then([created()]);
        Macro::given([created()]).when(create()).refused(Refusal::AlreadyCreated);
    }

    #[test]
    fn it_gets_another_name() {
        let rename = |to| Command::Rename { name: name(to) };
        let renamed = Event::Renamed { name: name("Two") };
        Macro::given([created()]).when(rename("Two")).then([renamed]);
        Macro::given([created()]).when(rename("One")).then([]);
        Macro::given([]).when(rename("Two")).refused(Refusal::NotCreated);
    }

    #[test]
    fn a_retired_one_stays_as_it_was() {
        let retired = || Macro::given([created(), Event::Retired {}]);
        Macro::given([created()]).when(Command::Retire {}).then([Event::Retired {}]);
        retired().when(Command::Retire {}).then([]);
        retired().when(Command::Rename { name: name("Two") }).refused(Refusal::Retired);
    }

    fn created() -> Event {
        Event::Created { name: name("One") }
    }

    fn name(text: &str) -> Text<200> {
        text.parse().unwrap()
    }
}
