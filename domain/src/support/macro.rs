//! Macros: answers that agents need again and again.

use serde::{Deserialize, Serialize};
use strum::EnumDiscriminants;
use thiserror::Error;
use utoipa::ToSchema;

pub use super::MacroId;
use crate::{Claim, Decider, DecisionContext, Fault, Text, catalog::ProductId, normalized};

/// Nothing until it is defined.
#[derive(Debug, Clone, Default)]
pub struct Macro {
    details: Option<Details>,
    retired: bool,
}

/// What a macro says, and about what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MacroDetails)]
pub struct Details {
    /// By which agents find it; no two macros in use have the same (SUP-11).
    pub name: Text<200>,
    pub text: Text<10_000>,
    /// The product that it is about; none is any.
    #[serde(default)]
    pub product: Option<ProductId>,
}

/// What can be asked of a macro.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Adds an answer that agents can use.
    Define(Details),
    /// Gives it another name.
    Rename { name: Text<200> },
    /// Replaces what it says.
    ChangeText { text: Text<10_000> },
    /// Says what product it is about; none is any.
    ChangeProduct {
        #[serde(default)]
        product: Option<ProductId>,
    },
    /// Takes it out of use; others may have its name.
    Retire {},
    /// Takes it into use again, if its name is free.
    Restore {},
}

/// What can have happened to a macro.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    Defined { details: Details },
    Renamed { name: Text<200> },
    TextChanged { text: Text<10_000> },
    ProductChanged { product: Option<ProductId> },
    Retired {},
    Restored {},
}

/// Why the business says no.
#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("there is no such macro")]
    NotDefined,
    #[error("the macro is defined already")]
    AlreadyDefined,
    #[error("the macro is retired")]
    Retired,
    #[error("there is no such product")]
    UnknownProduct,
}

impl crate::Refusal for Refusal {
    fn is_of_state(&self) -> bool {
        matches!(self, Self::NotDefined | Self::AlreadyDefined | Self::Retired)
    }

    fn faults(&self) -> Vec<Fault> {
        match self {
            Self::UnknownProduct => {
                vec![Fault::new("/product", self.to_string())]
            }
            Self::NotDefined | Self::AlreadyDefined | Self::Retired => vec![],
        }
    }
}

/// What a decision must know of what the macro names.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    pub unknown_product: bool,
}

impl Decider for Macro {
    const NAME: &'static str = "support.macro";

    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;
    type Facts = Facts;

    fn decide(
        &self,
        command: Command,
        case: &DecisionContext<Facts>,
    ) -> Result<Vec<Event>, Refusal> {
        let Some(present) = &self.details else {
            return match command {
                Command::Define(_) if case.facts.unknown_product => Err(Refusal::UnknownProduct),
                Command::Define(details) => Ok(vec![Event::Defined { details }]),
                _ => Err(Refusal::NotDefined),
            };
        };
        let event = match command {
            Command::Define(_) => return Err(Refusal::AlreadyDefined),
            Command::Retire {} => (!self.retired).then_some(Event::Retired {}),
            Command::Restore {} => self.retired.then_some(Event::Restored {}),
            _ if self.retired => return Err(Refusal::Retired),
            Command::Rename { name } => (name != present.name).then_some(Event::Renamed { name }),
            Command::ChangeText { text } => {
                (text != present.text).then_some(Event::TextChanged { text })
            }
            Command::ChangeProduct { .. } if case.facts.unknown_product => {
                return Err(Refusal::UnknownProduct);
            }
            Command::ChangeProduct { product } => {
                (product != present.product).then_some(Event::ProductChanged { product })
            }
        };
        Ok(event.into_iter().collect())
    }

    fn evolve(mut self, event: Event) -> Self {
        match (event, &mut self.details) {
            (Event::Defined { details }, _) => self.details = Some(details),
            (Event::Renamed { name }, Some(details)) => details.name = name,
            (Event::TextChanged { text }, Some(details)) => details.text = text,
            (Event::ProductChanged { product }, Some(details)) => details.product = product,
            (Event::Retired {}, _) => self.retired = true,
            (Event::Restored {}, _) => self.retired = false,
            (_, None) => {}
        }
        self
    }

    /// Agents pick a macro by its name, so no two in use share one, however they are spelled.
    fn claims(&self) -> Vec<Claim> {
        let in_use = self.details.as_ref().filter(|_| !self.retired);
        let name = in_use.map(|details| normalized(details.name.as_str()));
        name.map(|name| Claim::unique("macro_name", name, "SUP-11")).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Spec;

    #[test]
    fn a_macro_is_defined_once_about_a_product_that_there_is() {
        let define = || Command::Define(details("Hello"));
        Macro::given([]).when(define()).then([defined("Hello")]);
        Macro::given([defined("Hello")]).when(define()).refused(Refusal::AlreadyDefined);
        Macro::given([])
            .knowing(Facts { unknown_product: true })
            .when(define())
            .refused(Refusal::UnknownProduct);
    }

    #[test]
    fn a_macro_gets_another_name_and_another_text() {
        let given = || Macro::given([defined("Hello")]);
        let rename = |to| Command::Rename { name: text(to) };
        given().when(rename("Welcome")).then([Event::Renamed { name: text("Welcome") }]);
        given().when(rename("Hello")).then([]);
        let change = |to| Command::ChangeText { text: text(to) };
        given().when(change("Hi!")).then([Event::TextChanged { text: text("Hi!") }]);
        given().when(change("Good day.")).then([]);
        Macro::given([]).when(rename("Welcome")).refused(Refusal::NotDefined);
    }

    #[test]
    fn a_macro_becomes_one_about_another_product_that_there_is() {
        let product = Some(ProductId::new());
        let change = || Command::ChangeProduct { product };
        let given = || Macro::given([defined("Hello")]);
        given().when(change()).then([Event::ProductChanged { product }]);
        given().when(Command::ChangeProduct { product: None }).then([]);
        given()
            .knowing(Facts { unknown_product: true })
            .when(change())
            .refused(Refusal::UnknownProduct);
    }

    #[test]
    fn a_retired_macro_stays_as_it_was_until_it_is_restored() {
        let retired = || Macro::given([defined("Hello"), Event::Retired {}]);
        Macro::given([defined("Hello")]).when(Command::Retire {}).then([Event::Retired {}]);
        retired().when(Command::Retire {}).then([]);
        retired().when(Command::ChangeText { text: text("Hi!") }).refused(Refusal::Retired);
        retired().when(Command::Restore {}).then([Event::Restored {}]);
    }

    #[test]
    fn sup_11_a_macro_in_use_holds_its_name_however_it_is_spelled() {
        let hello = [Claim::unique("macro_name", "hello", "SUP-11")];
        assert_eq!(Macro::given([defined(" HELLO ")]).claims(), hello);
        assert_eq!(Macro::given([defined("Hello"), Event::Retired {}]).claims(), []);
        let restored = [defined("Hello"), Event::Retired {}, Event::Restored {}];
        assert_eq!(Macro::given(restored).claims(), hello);
    }

    fn defined(name: &str) -> Event {
        Event::Defined { details: details(name) }
    }

    fn details(name: &str) -> Details {
        Details { name: text(name), text: text("Good day."), product: None }
    }

    fn text<const MAX: usize>(text: &str) -> Text<MAX> {
        text.parse().unwrap()
    }
}
