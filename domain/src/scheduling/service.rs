//! Something that can be booked: what is done, for how long, and what it takes.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDateTime, TimeDelta, Timelike, Utc};
use serde::{Deserialize, Serialize};
use strum::EnumDiscriminants;
use thiserror::Error;
use utoipa::ToSchema;

pub use super::ServiceId;
use super::{Period, resource::Kind};
use crate::{
    Change, Decider, DecisionContext, Fault, HttpsUrl, Language, Money, PriceChange, Text,
};

/// In minutes.
const A_YEAR: u32 = 366 * 24 * 60;

#[derive(Debug, Clone, Default)]
pub enum Service {
    #[default]
    Undefined,
    Offered(Definition),
    /// Not offered any more; what is booked stays booked.
    Retired(Definition),
}

/// How a service goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    pub name: Text<200>,
    /// One after the other, together the time that the customer is told.
    pub phases: Vec<Phase>,
    /// Taken of each resource before its first phase: to prepare.
    #[serde(default)]
    pub buffer_before_minutes: u16,
    /// Taken of each resource after its last phase: to clean up.
    #[serde(default)]
    pub buffer_after_minutes: u16,
    /// How long before it starts it must be booked.
    #[serde(default)]
    pub minimum_notice_minutes: u32,
    /// How far ahead it can be booked.
    #[serde(default = "a_year")]
    pub horizon_days: u16,
    /// How long before it starts clients can still call it off by themselves.
    #[serde(default = "a_day")]
    pub cancel_cutoff_minutes: u32,
    /// Whether a client's booking counts at once; otherwise an employee confirms or declines it.
    #[serde(default = "yes")]
    pub auto_confirm: bool,
    /// Slots begin every so many minutes from midnight on.
    #[serde(default = "a_quarter")]
    pub step_minutes: u16,
    #[serde(default)]
    pub price: Option<Money>,
    /// Whether the price is the least that it may come to.
    #[serde(default)]
    pub price_from: bool,
    #[serde(default)]
    pub description: Option<Text<2000>>,
    /// The heading under which it is offered.
    #[serde(default)]
    pub category: Option<Text<100>>,
    #[serde(default)]
    pub picture: Option<HttpsUrl>,
    /// Its place on the list, the least first.
    #[serde(default)]
    pub order: u16,
    /// Whether everybody sees it, without an account.
    #[serde(default = "yes")]
    pub public: bool,
    /// What it is called in other languages. What they leave out is told as in the service itself.
    #[serde(default)]
    pub texts: BTreeMap<Language, ServiceText>,
}

/// What a service is called in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceText {
    pub name: Text<200>,
    #[serde(default)]
    pub description: Option<Text<2000>>,
    /// The heading under which it is offered.
    #[serde(default)]
    pub category: Option<Text<100>>,
}

/// A part of a service that takes the same resources throughout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    pub minutes: u16,
    /// One resource of each of these kinds. A stylist is not needed while the colour takes effect.
    #[serde(default)]
    pub needs: BTreeSet<Kind>,
}

/// What is to be different; what is left out stays as it is, and null removes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Changes {
    #[serde(default)]
    pub name: Option<Text<200>>,
    #[serde(default)]
    pub phases: Option<Vec<Phase>>,
    #[serde(default)]
    pub buffer_before_minutes: Option<u16>,
    #[serde(default)]
    pub buffer_after_minutes: Option<u16>,
    #[serde(default)]
    pub minimum_notice_minutes: Option<u32>,
    #[serde(default)]
    pub horizon_days: Option<u16>,
    #[serde(default)]
    pub cancel_cutoff_minutes: Option<u32>,
    #[serde(default)]
    pub auto_confirm: Option<bool>,
    #[serde(default)]
    pub step_minutes: Option<u16>,
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    #[schema(value_type = Option<Money>)]
    pub price: Change<Money>,
    #[serde(default)]
    pub price_from: Option<bool>,
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    #[schema(value_type = Option<Text<2000>>)]
    pub description: Change<Text<2000>>,
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    #[schema(value_type = Option<Text<100>>)]
    pub category: Change<Text<100>>,
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    #[schema(value_type = Option<HttpsUrl>)]
    pub picture: Change<HttpsUrl>,
    #[serde(default)]
    pub order: Option<u16>,
    #[serde(default)]
    pub public: Option<bool>,
    /// All of them.
    #[serde(default)]
    pub texts: Option<BTreeMap<Language, ServiceText>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Puts a service on offer.
    Define(Definition),
    /// Changes how a service goes, for appointments booked or moved from now on.
    Change(Changes),
    /// Takes a service off the offer; what is booked stays booked.
    Retire {},
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    Defined(Definition),
    Changed(Definition),
    Retired {},
}

#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("there is no such service")]
    UnknownService {},
    #[error("the service is defined already")]
    AlreadyDefined {},
    #[error("the service is not offered any more")]
    Retired {},
    #[error("a service cannot go like that: {}", faults[0].message)]
    Impossible { faults: Vec<Fault> },
}

impl crate::Refusal for Refusal {
    fn is_of_state(&self) -> bool {
        matches!(self, Self::UnknownService {} | Self::AlreadyDefined {} | Self::Retired {})
    }

    fn faults(&self) -> Vec<Fault> {
        match self {
            Self::Impossible { faults } => faults.clone(),
            _ => Vec::new(),
        }
    }
}

impl Decider for Service {
    const NAME: &'static str = "scheduling.service";

    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;
    type Facts = ();

    fn decide(&self, command: Command, _: &DecisionContext<()>) -> Result<Vec<Event>, Refusal> {
        match (self, command) {
            (Self::Undefined, Command::Define(definition)) => {
                Ok(vec![Event::Defined(checked(definition)?)])
            }
            (Self::Undefined, _) => Err(Refusal::UnknownService {}),
            (_, Command::Define(_)) => Err(Refusal::AlreadyDefined {}),
            (Self::Offered(old), Command::Change(changes)) => {
                let new = checked(changes.applied_to(old.clone()))?;
                Ok(if new == *old { vec![] } else { vec![Event::Changed(new)] })
            }
            (Self::Offered(_), Command::Retire {}) => Ok(vec![Event::Retired {}]),
            (Self::Retired(_), Command::Retire {}) => Ok(vec![]),
            (Self::Retired(_), Command::Change(_)) => Err(Refusal::Retired {}),
        }
    }

    fn evolve(self, event: Event) -> Self {
        match (event, self) {
            (Event::Defined(definition) | Event::Changed(definition), _) => {
                Self::Offered(definition)
            }
            (Event::Retired {}, Self::Offered(definition)) => Self::Retired(definition),
            (Event::Retired {}, state) => state,
        }
    }
}

impl Service {
    /// How it goes, whether or not it is still offered.
    pub fn definition(&self) -> Option<&Definition> {
        match self {
            Self::Undefined => None,
            Self::Offered(definition) | Self::Retired(definition) => Some(definition),
        }
    }
}

impl Event {
    /// What would have been recorded, had the price been that of a scenario (ANA-4).
    #[must_use]
    pub fn at_other_price(self, change: PriceChange) -> Self {
        let with_price = |definition: Definition| Definition {
            price: change.applied_to(definition.price),
            ..definition
        };
        match self {
            Self::Defined(definition) => Self::Defined(with_price(definition)),
            Self::Changed(definition) => Self::Changed(with_price(definition)),
            fact @ Self::Retired {} => fact,
        }
    }
}

impl Definition {
    /// What it is called in a language.
    pub fn name_in(&self, language: Language) -> &Text<200> {
        self.texts.get(&language).map_or(&self.name, |text| &text.name)
    }

    /// How long the customer is there; elapsed time, whatever the clocks do (SCH-10).
    pub fn duration(&self) -> TimeDelta {
        TimeDelta::minutes(self.phases.iter().map(|phase| i64::from(phase.minutes)).sum())
    }

    /// How many minutes after a slot the next one begins; none were checked before they were recorded.
    pub(super) fn slot_step_minutes(&self) -> u16 {
        self.step_minutes.max(1)
    }

    /// Whether slots begin at that time of the day.
    pub fn is_slot_start(&self, start: NaiveDateTime) -> bool {
        start
            .time()
            .num_seconds_from_midnight()
            .is_multiple_of(u32::from(self.slot_step_minutes()) * 60)
    }

    /// When an appointment that is booked at `now` may start (SCH-4).
    pub fn bookable_period(&self, now: DateTime<Utc>) -> Period {
        let soonest = now + TimeDelta::minutes(self.minimum_notice_minutes.into());
        Period::new(soonest, now + TimeDelta::days(self.horizon_days.into()))
    }

    /// One resource of each of these kinds is needed at some time.
    pub fn needed_kinds(&self) -> BTreeSet<Kind> {
        self.phases.iter().flat_map(|phase| phase.needs.iter().copied()).collect()
    }
}

impl Changes {
    fn applied_to(self, old: Definition) -> Definition {
        Definition {
            name: self.name.unwrap_or(old.name),
            phases: self.phases.unwrap_or(old.phases),
            buffer_before_minutes: self.buffer_before_minutes.unwrap_or(old.buffer_before_minutes),
            buffer_after_minutes: self.buffer_after_minutes.unwrap_or(old.buffer_after_minutes),
            minimum_notice_minutes: self
                .minimum_notice_minutes
                .unwrap_or(old.minimum_notice_minutes),
            horizon_days: self.horizon_days.unwrap_or(old.horizon_days),
            cancel_cutoff_minutes: self.cancel_cutoff_minutes.unwrap_or(old.cancel_cutoff_minutes),
            auto_confirm: self.auto_confirm.unwrap_or(old.auto_confirm),
            step_minutes: self.step_minutes.unwrap_or(old.step_minutes),
            price: self.price.applied_to(old.price),
            price_from: self.price_from.unwrap_or(old.price_from),
            description: self.description.applied_to(old.description),
            category: self.category.applied_to(old.category),
            picture: self.picture.applied_to(old.picture),
            order: self.order.unwrap_or(old.order),
            public: self.public.unwrap_or(old.public),
            texts: self.texts.unwrap_or(old.texts),
        }
    }
}

/// The definition, if a service can go like that.
fn checked(definition: Definition) -> Result<Definition, Refusal> {
    let day = TimeDelta::days(1);
    let rules = [
        (definition.phases.iter().any(|phase| phase.minutes == 0), "/phases", "a phase takes time"),
        (definition.phases.len() > 50, "/phases", "50 phases are enough"),
        (definition.duration() > day * 7, "/phases", "a service takes a week at most"),
        (
            definition.needed_kinds().is_empty(),
            "/phases",
            "a service needs some resource in some phase",
        ),
        (
            !(5..=1440).contains(&definition.step_minutes),
            "/step_minutes",
            "slots begin every 5 to 1440 minutes",
        ),
        (definition.horizon_days == 0, "/horizon_days", "it can be booked at least a day ahead"),
        (definition.buffer_before_minutes > 1440, "/buffer_before_minutes", "is a day at most"),
        (definition.buffer_after_minutes > 1440, "/buffer_after_minutes", "is a day at most"),
        (
            definition.minimum_notice_minutes > A_YEAR,
            "/minimum_notice_minutes",
            "is a year at most",
        ),
        (definition.cancel_cutoff_minutes > A_YEAR, "/cancel_cutoff_minutes", "is a year at most"),
        (
            definition.price.is_some_and(|price| price.amount < 0),
            "/price/amount",
            "a price is not negative",
        ),
    ];
    let violated = rules.into_iter().filter(|(violated, ..)| *violated);
    let fault = |(_, pointer, message): (_, &str, &str)| Fault::new(pointer, message);
    let faults: Vec<_> = violated.map(fault).collect();
    if faults.is_empty() { Ok(definition) } else { Err(Refusal::Impossible { faults }) }
}

const fn a_year() -> u16 {
    365
}

const fn a_day() -> u32 {
    24 * 60
}

const fn a_quarter() -> u16 {
    15
}

const fn yes() -> bool {
    true
}

#[cfg(test)]
pub(crate) mod tests;
