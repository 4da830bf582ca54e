//! A message of a purchase system that could not be applied. Nothing is dropped: it is parked until
//! somebody has it tried again or discards it.

use serde::{Deserialize, Serialize};
use strum::EnumDiscriminants;
use thiserror::Error;
use utoipa::ToSchema;

pub use super::PurchaseEventId;
use super::purchase::RejectionReason;
use crate::{Decider, DecisionContext, Personal, Text};

#[derive(Debug, Clone, Default)]
pub struct PurchaseEvent {
    state: ParkingState,
    code: String,
    source: Option<Text<200>>,
    payload: Option<Personal<String>>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum ParkingState {
    #[default]
    NotReceived,
    Parked,
    /// On its way once more.
    Reprocessed,
    Discarded,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// Keeps a message that could not be applied, and why.
    Park {
        /// The purchase system it came from, as far as that can be told.
        source: Text<200>,
        /// Its id there.
        #[serde(default)]
        event: Option<Text<200>>,
        /// The order it is about.
        #[serde(default)]
        order: Option<Text<100>>,
        reason: RejectionReason,
        /// The message as it came.
        payload: String,
    },
    /// Tries the message once more.
    Reprocess {},
    /// Puts the message aside for good.
    Discard { reason: Text<500> },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    Parked {
        source: Text<200>,
        event: Option<Text<200>>,
        order: Option<Text<100>>,
        /// The code of the reason.
        code: String,
        /// The reason, for people.
        detail: Personal<String>,
        /// The message as it came.
        payload: Personal<String>,
    },
    Reprocessed {},
    Discarded {
        reason: Text<500>,
    },
}

#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("no such message is parked")]
    NotParked,
    #[error("the message was discarded")]
    Discarded,
}

impl crate::Refusal for Refusal {
    fn rule(&self) -> Option<&'static str> {
        Some("PUR-3")
    }

    fn is_of_state(&self) -> bool {
        matches!(self, Self::NotParked | Self::Discarded)
    }
}

impl PurchaseEvent {
    /// The purchase system it came from.
    pub fn source(&self) -> Option<&Text<200>> {
        self.source.as_ref()
    }

    /// The message as it came, unless it was erased.
    pub fn payload(&self) -> Option<&String> {
        self.payload.as_ref().and_then(Personal::get)
    }
}

impl Decider for PurchaseEvent {
    const NAME: &'static str = "purchasing.purchase_event";

    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;
    type Facts = ();

    fn decide(&self, command: Command, case: &DecisionContext<()>) -> Result<Vec<Event>, Refusal> {
        match (command, self.state) {
            // What somebody has discarded stays so, even if the source sends it again.
            (Command::Park { .. } | Command::Discard { .. }, ParkingState::Discarded)
            | (Command::Reprocess {}, ParkingState::Reprocessed) => Ok(vec![]),
            (Command::Park { reason, .. }, ParkingState::Parked) if reason.code == self.code => {
                Ok(vec![])
            }
            (Command::Park { source, event, order, reason, payload }, _) => {
                let detail = Personal::sealed(case.id, reason.detail);
                let payload = Personal::sealed(case.id, payload);
                let code = reason.code;
                Ok(vec![Event::Parked { source, event, order, code, detail, payload }])
            }
            (Command::Reprocess {}, ParkingState::Parked) => Ok(vec![Event::Reprocessed {}]),
            (Command::Reprocess {}, ParkingState::Discarded) => Err(Refusal::Discarded),
            (Command::Discard { reason }, ParkingState::Parked) => {
                Ok(vec![Event::Discarded { reason }])
            }
            (_, ParkingState::NotReceived | ParkingState::Reprocessed) => Err(Refusal::NotParked),
        }
    }

    fn evolve(self, event: Event) -> Self {
        match event {
            Event::Parked { source, code, payload, .. } => {
                let (source, payload) = (Some(source), Some(payload));
                Self { state: ParkingState::Parked, code, source, payload }
            }
            Event::Reprocessed {} => Self { state: ParkingState::Reprocessed, ..self },
            Event::Discarded { .. } => Self { state: ParkingState::Discarded, ..self },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{SELF, Spec};

    #[test]
    fn pur_3_what_cannot_be_applied_is_kept_whole_with_the_reason() {
        PurchaseEvent::given([]).when(park("unknown_product")).then([parked("unknown_product")]);
    }

    #[test]
    fn pur_1_the_same_message_is_parked_once() {
        PurchaseEvent::given([parked("conflict")]).when(park("conflict")).then([]);
        let id = |event| PurchaseEventId::from_message("shop", event, SELF);
        assert_eq!(id("m-1"), id("m-1"));
        assert_ne!(id("m-1"), id("m-2"));
    }

    #[test]
    fn what_is_tried_again_is_parked_again_if_it_still_cannot_be_applied() {
        let history = || [parked("unknown_product"), Event::Reprocessed {}];
        PurchaseEvent::given([parked("unknown_product")])
            .when(Command::Reprocess {})
            .then([Event::Reprocessed {}]);
        PurchaseEvent::given(history())
            .when(park("unknown_product"))
            .then([parked("unknown_product")]);
        PurchaseEvent::given([]).when(Command::Reprocess {}).refused(Refusal::NotParked);
    }

    #[test]
    fn pur_5_what_is_discarded_stays_discarded() {
        let discard = || Command::Discard { reason: "a test".parse().unwrap() };
        let discarded = || Event::Discarded { reason: "a test".parse().unwrap() };
        PurchaseEvent::given([parked("gap")]).when(discard()).then([discarded()]);
        PurchaseEvent::given([parked("gap"), discarded()]).when(park("gap")).then([]);
        PurchaseEvent::given([parked("gap"), discarded()])
            .when(Command::Reprocess {})
            .refused(Refusal::Discarded);
    }

    fn text<const MAX: usize>(text: &str) -> Text<MAX> {
        text.parse().unwrap()
    }

    fn park(code: &str) -> Command {
        let reason = RejectionReason { code: code.into(), detail: "why".into() };
        let (source, event, order) = (text("shop"), Some(text("m-1")), Some(text("A-1")));
        Command::Park { source, event, order, reason, payload: "{}".into() }
    }

    fn parked(code: &str) -> Event {
        Event::Parked {
            source: text("shop"),
            event: Some(text("m-1")),
            order: Some(text("A-1")),
            code: code.into(),
            detail: Personal::sealed(SELF, "why".into()),
            payload: Personal::sealed(SELF, "{}".into()),
        }
    }
}
