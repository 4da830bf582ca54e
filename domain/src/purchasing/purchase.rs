//! An order of a purchase system, as far as messages about it have arrived.
//!
//! Messages are applied in the order in which they happened there, however they arrive. Each one
//! is applied whole or not at all, and its event has the lines as they are then: a worker
//! that fulfils the order needs nothing else.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use strum::EnumDiscriminants;
use utoipa::ToSchema;
use uuid::Uuid;

pub use super::PurchaseId;
use super::feed::{self, Delivery, Message};
use crate::{
    Claim, Country, Decider, DecisionContext, Email, MaybePersonal, Money, ParameterSchema,
    Personal, SchemaVersion, Sku, TaxId, Text, catalog::ProductId, licensing::LicenseId,
    organizations::CabinetId,
};

mod apply;
mod line;
mod reason;
mod refusal;

pub use line::{LicensedUnit, Line, LineState};
pub use reason::RejectionReason;
pub use refusal::Refusal;

/// How long a message ahead of a gap waits for the missing ones (PUR-2).
pub const GAP_TIMEOUT: TimeDelta = TimeDelta::hours(24);

/// Nothing is ordered until it is recorded; messages may wait for that.
#[derive(Debug, Clone, Default)]
pub struct Purchase {
    source: Option<Text<200>>,
    cabinet: Option<CabinetId>,
    buyer: Option<Buyer>,
    lines: BTreeMap<u16, Line>,
    /// The place of the last message applied.
    applied: u32,
    /// The messages applied or waiting, by id, with the fingerprints of their contents.
    seen: BTreeMap<Text<200>, Uuid>,
    waiting: BTreeMap<u32, WaitingMessage>,
    cancelled: bool,
    fulfilled: bool,
}

/// A message that came too early.
#[derive(Debug, Clone)]
struct WaitingMessage {
    delivery: Delivery,
    until: DateTime<Utc>,
    text: Personal<String>,
}

/// Who ordered, as the purchase system knows them. Without a tax id it may be a person: what they
/// are called is sealed then, with the key of their cabinet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Buyer {
    pub name: Option<MaybePersonal<Text<200>>>,
    pub tax_id: Option<TaxId>,
    pub external_id: Option<MaybePersonal<Text<100>>>,
    pub country: Option<Country>,
    pub contact: Option<Personal<Email>>,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// Hears a message about the order.
    Receive { message: Box<Message> },
    /// Gives up waiting for messages that never came.
    GiveUp {},
    /// Records that the licences of a line exist as the message of this `sequence` left it. Says
    /// nothing once another message was applied: that one is answered for by itself.
    FulfilLine { line: u16, sequence: u32, cabinet: CabinetId, licenses: Vec<LicenseId> },
    /// Records that a line cannot be fulfilled as the message of this `sequence` left it.
    DiscardLine { line: u16, sequence: u32, reason: Text<2000> },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    Recorded {
        delivery: Delivery,
        /// The buyer's cabinet, which may have to be provisioned.
        cabinet: CabinetId,
        buyer: Buyer,
        lines: Vec<Line>,
        total: Money,
    },
    Amended {
        delivery: Delivery,
        cabinet: CabinetId,
        lines: Vec<Line>,
        total: Money,
    },
    Cancelled {
        delivery: Delivery,
        cabinet: CabinetId,
        lines: Vec<Line>,
        /// In the shop's words, which may name the buyer.
        reason: Option<MaybePersonal<Text<500>>>,
    },
    Refunded {
        delivery: Delivery,
        cabinet: CabinetId,
        lines: Vec<Line>,
        total: Money,
    },
    /// The message is ahead of others and waits for them.
    Deferred {
        delivery: Delivery,
        until: DateTime<Utc>,
        text: Personal<String>,
    },
    /// A message that waited could not be applied, or waited too long.
    GivenUp {
        delivery: Delivery,
        reason: RejectionReason,
        text: Personal<String>,
    },
    LineFulfilled {
        line: u16,
        cabinet: CabinetId,
        licenses: Vec<LicenseId>,
    },
    LineDiscarded {
        line: u16,
        reason: Text<2000>,
    },
    /// Every line has come to its end, at least one by licences.
    Fulfilled {},
}

/// What a decision must know of cabinets and products.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The cabinet that has the organisation's tax id.
    pub by_tax_id: Option<CabinetId>,
    /// The cabinet that has the organisation's external id.
    pub by_external_id: Option<CabinetId>,
    /// Whether the buyer was erased: of them nothing is written any more.
    pub buyer_erased: bool,
    /// The products of the message and of those that wait.
    pub products: BTreeMap<Sku, SkuOffer>,
}

/// What the catalogue says of a product.
#[derive(Debug, Clone)]
pub struct SkuOffer {
    pub product: ProductId,
    pub retired: bool,
    /// Whether three of it are three licences; `None` as long as nobody said how it is issued.
    pub separate: Option<bool>,
    /// The declaration for new licences.
    pub version: SchemaVersion,
    pub schemas: BTreeMap<SchemaVersion, ParameterSchema>,
}

impl Purchase {
    /// The products in the messages that wait.
    pub fn skus_of_buffered_messages(&self) -> Vec<Sku> {
        let texts = self.waiting.values().filter_map(|waiting| waiting.text.get());
        texts.filter_map(|text| feed::parse(text).ok()).flat_map(|message| message.skus()).collect()
    }

    /// Whether that message waits for others.
    pub fn is_message_waiting(&self, id: &Text<200>) -> bool {
        self.waiting.values().any(|waiting| waiting.delivery.id == *id)
    }

    /// The buyer's cabinet, once the order is recorded.
    pub fn cabinet(&self) -> Option<CabinetId> {
        self.cabinet
    }

    /// The buyer, once the order is recorded.
    pub fn buyer(&self) -> Option<&Buyer> {
        self.buyer.as_ref()
    }

    fn receive(
        &self,
        message: Message,
        case: &DecisionContext<Facts>,
    ) -> Result<Vec<Event>, Refusal> {
        let Delivery { id, sequence, fingerprint, .. } = &message.delivery;
        match self.seen.get(id) {
            Some(existing) if existing == fingerprint => return Ok(vec![]),
            Some(_) => return Err(Refusal::Conflict),
            None => {}
        }
        if *sequence <= self.applied || self.waiting.contains_key(sequence) {
            return Err(Refusal::PlaceTaken { sequence: *sequence });
        }
        if *sequence > self.applied + 1 {
            let (delivery, until) = (message.delivery, case.now + GAP_TIMEOUT);
            let text = Personal::sealed(case.id, message.text);
            return Ok(vec![Event::Deferred { delivery, until, text }]);
        }
        let first = self.apply(message, &case.facts)?;
        let mut state = self.clone().evolve(first.clone());
        let mut events = vec![first];
        while let Some(next) = state.waiting.get(&(state.applied + 1)) {
            let event = state.apply_waiting(next, &case.facts);
            let given_up = matches!(event, Event::GivenUp { .. });
            state = state.evolve(event.clone());
            events.push(event);
            if given_up {
                break;
            }
        }
        Ok(events)
    }

    fn apply_waiting(&self, waiting: &WaitingMessage, facts: &Facts) -> Event {
        let message = waiting.text.get().and_then(|text| feed::parse(text).ok());
        let applied = message.ok_or(Refusal::Erased).and_then(|message| self.apply(message, facts));
        applied.unwrap_or_else(|refusal| waiting.give_up(&refusal))
    }

    /// Whether a line is open, and no message has come since the one of `sequence`.
    fn is_open_since(&self, sequence: u32, line: u16) -> Result<bool, Refusal> {
        let line = self.lines.get(&line).ok_or(Refusal::NoSuchLine { line })?;
        Ok(line.state == LineState::Open && self.applied == sequence)
    }

    /// PUR-5: the order is fulfilled when its last open line has come to an end.
    fn with_end(&self, mut events: Vec<Event>) -> Vec<Event> {
        let after = events.iter().cloned().fold(self.clone(), Self::evolve);
        let states = || after.lines.values().map(|line| &line.state);
        let over = states().all(|state| *state != LineState::Open);
        let delivered = states().any(|state| *state == LineState::Fulfilled);
        if !events.is_empty() && over && delivered && !after.fulfilled {
            events.push(Event::Fulfilled {});
        }
        events
    }

    /// The state after a message was applied.
    fn message_applied(mut self, delivery: Delivery, cabinet: CabinetId, lines: Vec<Line>) -> Self {
        self.cabinet = Some(cabinet);
        self.lines = lines.into_iter().map(|line| (line.line, line)).collect();
        self.applied = delivery.sequence;
        self.waiting.remove(&delivery.sequence);
        self.source = Some(delivery.source);
        self.seen.insert(delivery.id, delivery.fingerprint);
        self.fulfilled &= self.lines.values().all(|line| line.state != LineState::Open);
        self
    }
}

impl WaitingMessage {
    fn give_up(&self, refusal: &Refusal) -> Event {
        let Self { delivery, text, .. } = self.clone();
        Event::GivenUp { delivery, reason: refusal.into(), text }
    }
}

impl Decider for Purchase {
    const NAME: &'static str = "purchasing.purchase";

    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;
    type Facts = Facts;

    fn decide(
        &self,
        command: Command,
        case: &DecisionContext<Facts>,
    ) -> Result<Vec<Event>, Refusal> {
        let events = match command {
            Command::Receive { message } => self.receive(*message, case)?,
            Command::GiveUp {} => {
                let overdue = self.waiting.values().filter(|waiting| waiting.until <= case.now);
                overdue.map(|waiting| waiting.give_up(&Refusal::Gap)).collect()
            }
            Command::FulfilLine { line, sequence, cabinet, licenses }
                if self.is_open_since(sequence, line)? =>
            {
                vec![Event::LineFulfilled { line, cabinet, licenses }]
            }
            Command::DiscardLine { line, sequence, reason }
                if self.is_open_since(sequence, line)? =>
            {
                vec![Event::LineDiscarded { line, reason }]
            }
            Command::FulfilLine { .. } | Command::DiscardLine { .. } => vec![],
        };
        Ok(self.with_end(events))
    }

    fn evolve(mut self, event: Event) -> Self {
        match event {
            Event::Recorded { delivery, cabinet, buyer, lines, .. } => {
                self.buyer = Some(buyer);
                return self.message_applied(delivery, cabinet, lines);
            }
            Event::Amended { delivery, cabinet, lines, .. }
            | Event::Refunded { delivery, cabinet, lines, .. } => {
                return self.message_applied(delivery, cabinet, lines);
            }
            Event::Cancelled { delivery, cabinet, lines, .. } => {
                self.cancelled = true;
                return self.message_applied(delivery, cabinet, lines);
            }
            Event::Deferred { delivery, until, text } => {
                self.source = Some(delivery.source.clone());
                self.seen.insert(delivery.id.clone(), delivery.fingerprint);
                self.waiting.insert(delivery.sequence, WaitingMessage { delivery, until, text });
            }
            Event::GivenUp { delivery, .. } => {
                self.seen.remove(&delivery.id);
                self.waiting.remove(&delivery.sequence);
            }
            Event::LineFulfilled { line, cabinet, .. } => {
                self.cabinet = Some(cabinet);
                self.set_line_state(line, LineState::Fulfilled);
            }
            Event::LineDiscarded { line, reason } => {
                self.set_line_state(line, LineState::Discarded { reason: reason.into() });
            }
            Event::Fulfilled {} => self.fulfilled = true,
        }
        self
    }

    /// PUR-1: an id names one message, in whichever order it is applied.
    fn claims(&self) -> Vec<Claim> {
        let Some(source) = &self.source else { return vec![] };
        // The end of the source must be unambiguous, whatever is in an id.
        let separator = if source.as_str().contains(' ') { '\u{1f}' } else { ' ' };
        let key = |id: &Text<200>| format!("{source}{separator}{id}");
        self.seen.keys().map(|id| Claim::unique("purchase_message", key(id), "PUR-1")).collect()
    }
}

#[cfg(test)]
mod tests;
