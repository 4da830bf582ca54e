//! The right of an organisation to use a product, for one term after another.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use strum::EnumDiscriminants;
use thiserror::Error;
use utoipa::ToSchema;

pub use super::{LicenseId, LicenseOrigin};
use crate::{
    Claim, Decider, DecisionContext, Fault, ParameterSchema, Parameters, SchemaVersion, Text,
    access::Role, catalog::ProductId, organizations::CabinetId,
};

mod counterfactual;
mod rules;
mod term;

pub use counterfactual::under_other_policy;
pub use term::{ExpiryStep, NextExpiryStep, Status, Term, next_expiry_step};

/// Nothing is granted until it is issued.
#[derive(Debug, Clone, Default)]
pub struct License {
    grant: Option<Grant>,
    /// Half-open, in order, without overlap; only the last may be open (LIC-2).
    terms: Vec<Term>,
    /// How many days before the end of the last term its holder was told (LIC-10).
    noticed: BTreeSet<u16>,
    /// Terms whose end was recorded, counted from 1.
    expired: BTreeSet<u32>,
    suspended: bool,
    revoked: bool,
}

/// What is granted, to whom.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Grant {
    pub cabinet: CabinetId,
    pub product: ProductId,
    /// How many seats; 1 for a licence that has none.
    pub quantity: u32,
    /// The declaration that the parameters satisfy, for ever (CAT-1).
    pub schema: SchemaVersion,
    #[schema(value_type = Object)]
    pub parameters: Parameters,
    /// For how many days after a term the product still works.
    pub grace_days: u16,
    /// How many days before the end of a term the holder is told, longest first.
    pub notices: Vec<u16>,
    /// The purchase it comes from, if somebody did not simply issue it.
    pub origin: Option<LicenseOrigin>,
}

/// What a licence is issued for.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Issuance {
    pub cabinet: CabinetId,
    pub product: ProductId,
    #[serde(default = "one")]
    #[schema(minimum = 1)]
    pub quantity: u32,
    /// As the product declares them.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub parameters: Parameters,
    pub from: DateTime<Utc>,
    /// The end of the term; left out, the product's policy says.
    #[serde(default)]
    pub until: Option<DateTime<Utc>>,
    /// The part of an order that is fulfilled by it.
    #[serde(default)]
    pub origin: Option<LicenseOrigin>,
}

fn one() -> u32 {
    1
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// Issues a licence with its first term.
    Issue(Issuance),
    /// Adds a term. It begins where the last one ends, or later, even if that has passed.
    Renew {
        from: DateTime<Utc>,
        /// The end of the term; left out, the product's policy says.
        #[serde(default)]
        until: Option<DateTime<Utc>>,
    },
    /// Changes what is granted, within the declaration that the licence was issued under.
    ChangeParameters {
        #[schema(value_type = Object)]
        parameters: Parameters,
    },
    /// Changes the number of seats.
    ChangeQuantity {
        #[schema(minimum = 1)]
        quantity: u32,
    },
    /// Withholds the right for a while; terms go on.
    Suspend { reason: Text<500> },
    /// Gives the right back.
    Reinstate {},
    /// Takes the right away for good.
    Revoke { reason: Text<500> },
    /// Records that a term has ended.
    Expire { term: u32 },
    /// Records that the holder is told so many days before the end of a term.
    NoticeExpiry { term: u32, days: u16 },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    Issued {
        grant: Grant,
        term: Term,
    },
    Renewed {
        /// Which term it is, from 1.
        number: u32,
        term: Term,
    },
    ParametersChanged {
        schema: SchemaVersion,
        #[schema(value_type = Object)]
        parameters: Parameters,
    },
    QuantityChanged {
        quantity: u32,
    },
    Suspended {
        reason: Text<500>,
    },
    Reinstated {},
    Revoked {
        reason: Text<500>,
    },
    /// Once for each distance and term, and not after a renewal.
    ExpiryNoticed {
        term: u32,
        /// The distance that the holder was promised; the end may be nearer.
        days: u16,
        until: DateTime<Utc>,
        cabinet: CabinetId,
        product: ProductId,
    },
    /// Once for each term; true from `until` on, whenever it was recorded.
    Expired {
        term: u32,
        until: DateTime<Utc>,
        cabinet: CabinetId,
        product: ProductId,
    },
}

#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("there is no such licence")]
    NotIssued,
    #[error("the licence is issued already")]
    AlreadyIssued,
    #[error("there is no such cabinet")]
    UnknownCabinet,
    #[error("the cabinet is closed")]
    CabinetClosed,
    #[error("there is no such product")]
    UnknownProduct,
    #[error("the product is retired")]
    RetiredProduct,
    #[error("nobody has said how licences of the product are issued")]
    NoPolicy,
    #[error("the parameters are not as the product declares them")]
    BadParameters { faults: Vec<Fault> },
    #[error("at least one seat")]
    NoSeat,
    #[error("a term ends after it begins, and before the year 9999")]
    EmptyTerm,
    #[error("the last term lasts until {until}")]
    Overlap { until: DateTime<Utc> },
    #[error("the licence never ends")]
    Perpetual,
    #[error("the licence is revoked")]
    Revoked,
    #[error("the licence has no such term")]
    NoSuchTerm,
    #[error("the licence was renewed")]
    Renewed,
    #[error("that is not due, or no longer")]
    NotDue,
    #[error("for which order it is issued, fulfilment tells and nobody else")]
    OriginGiven,
}

impl crate::Refusal for Refusal {
    fn rule(&self) -> Option<&'static str> {
        match self {
            Self::BadParameters { .. } => Some("LIC-1"),
            Self::EmptyTerm | Self::Overlap { .. } | Self::Perpetual => Some("LIC-2"),
            Self::NoSuchTerm => Some("LIC-3"),
            Self::CabinetClosed => Some("ORG-6"),
            Self::Renewed | Self::NotDue => Some("LIC-10"),
            _ => None,
        }
    }

    fn is_of_state(&self) -> bool {
        matches!(self, Self::NotIssued | Self::AlreadyIssued | Self::Revoked | Self::Perpetual)
    }

    fn faults(&self) -> Vec<Fault> {
        match self {
            Self::BadParameters { faults } => faults.clone(),
            Self::NoSeat => vec![Fault::new("/quantity", self.to_string())],
            Self::EmptyTerm => vec![Fault::new("/until", self.to_string())],
            Self::OriginGiven => {
                vec![Fault::new("/origin", self.to_string())]
            }
            _ => Vec::new(),
        }
    }
}

/// What a decision must know of the cabinet and the product.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Whether the cabinet of the command exists.
    pub cabinet_exists: bool,
    /// Whether it is closed.
    pub cabinet_closed: bool,
    pub product: Option<ProductOffer>,
}

/// What the catalogue says of the product.
#[derive(Debug, Clone, Default)]
pub struct ProductOffer {
    pub retired: bool,
    pub policy: Option<OfferPolicy>,
    /// For a new licence the present declaration; for an issued one its own.
    pub version: SchemaVersion,
    pub schema: ParameterSchema,
}

/// How the product's licences are issued.
#[derive(Debug, Clone, Default)]
pub struct OfferPolicy {
    /// Where a term ends that begins as the command says; `None` is never.
    pub until: Option<DateTime<Utc>>,
    pub grace_days: u16,
    pub notices: Vec<u16>,
}

impl License {
    pub fn grant(&self) -> Option<&Grant> {
        self.grant.as_ref()
    }

    /// LIC-3: what the licence is worth at a moment follows from its terms, its events and the
    /// clock, whether or not anybody has recorded that a term ended.
    pub fn status(&self, now: DateTime<Utc>) -> Option<Status> {
        let grace = TimeDelta::days(self.grant.as_ref()?.grace_days.into());
        Some(term::status(&self.terms, grace, self.suspended, self.revoked, now))
    }

    /// What is to be recorded next about the end of the licence, and when.
    pub fn next_expiry_step(&self, now: DateTime<Utc>) -> Option<NextExpiryStep> {
        let last = self.terms.last().filter(|_| !self.revoked)?;
        if self.expired.contains(&self.last_term_number()) {
            return None;
        }
        next_expiry_step(last, &self.grant.as_ref()?.notices, &self.noticed, now)
    }

    /// The number of the last term, from 1.
    pub fn last_term_number(&self) -> u32 {
        u32::try_from(self.terms.len()).unwrap_or(u32::MAX)
    }
}

impl Decider for License {
    const NAME: &'static str = "licensing.license";

    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;
    type Facts = Facts;

    fn decide(
        &self,
        command: Command,
        case: &DecisionContext<Facts>,
    ) -> Result<Vec<Event>, Refusal> {
        if let Command::Issue(Issuance { origin: Some(_), .. }) = &command
            && case.by.role != Role::System
        {
            return Err(Refusal::OriginGiven);
        }
        let Some(grant) = &self.grant else {
            return match command {
                Command::Issue(issue) => rules::issue(issue, &case.facts),
                _ => Err(Refusal::NotIssued),
            };
        };
        match command {
            // An order is fulfilled once, however often that is asked for.
            Command::Issue(Issuance { origin, .. })
                if origin.is_some() && origin == grant.origin =>
            {
                Ok(vec![])
            }
            Command::Issue(_) => Err(Refusal::AlreadyIssued),
            Command::Revoke { .. } if self.revoked => Ok(vec![]),
            _ if self.revoked => Err(Refusal::Revoked),
            Command::Revoke { reason } => Ok(vec![Event::Revoked { reason }]),
            Command::Renew { from, until } => self.renew(from, until, &case.facts),
            Command::ChangeParameters { parameters } if parameters == grant.parameters => {
                Ok(vec![])
            }
            Command::ChangeParameters { parameters } => {
                let offer = case.facts.product.as_ref().ok_or(Refusal::UnknownProduct)?;
                offer.check_parameters(&parameters)?;
                Ok(vec![Event::ParametersChanged { schema: offer.version, parameters }])
            }
            Command::ChangeQuantity { quantity: 0 } => Err(Refusal::NoSeat),
            Command::ChangeQuantity { quantity } if quantity == grant.quantity => Ok(vec![]),
            Command::ChangeQuantity { quantity } => Ok(vec![Event::QuantityChanged { quantity }]),
            Command::Suspend { .. } if self.suspended => Ok(vec![]),
            Command::Suspend { reason } => Ok(vec![Event::Suspended { reason }]),
            Command::Reinstate {} if !self.suspended => Ok(vec![]),
            Command::Reinstate {} => Ok(vec![Event::Reinstated {}]),
            Command::Expire { term } if self.expired.contains(&term) => Ok(vec![]),
            Command::Expire { term } => Ok(vec![self.expire(grant, term, case.now)?]),
            Command::NoticeExpiry { term, days } => self.notice(grant, term, days, case.now),
        }
    }

    fn evolve(mut self, event: Event) -> Self {
        match event {
            Event::Issued { grant, term } => {
                self.grant = Some(grant);
                self.terms.push(term);
            }
            Event::Renewed { term, .. } => {
                self.terms.push(term);
                self.noticed.clear();
            }
            Event::ParametersChanged { schema, parameters } => {
                self.grant = self.grant.map(|grant| Grant { schema, parameters, ..grant });
            }
            Event::QuantityChanged { quantity } => {
                self.grant = self.grant.map(|grant| Grant { quantity, ..grant });
            }
            Event::Suspended { .. } => self.suspended = true,
            Event::Reinstated {} => self.suspended = false,
            Event::Revoked { .. } => self.revoked = true,
            Event::ExpiryNoticed { days, .. } => {
                self.noticed.insert(days);
            }
            Event::Expired { term, .. } => {
                self.expired.insert(term);
            }
        }
        self
    }
    /// ORG-6: as long as it is worth something, its cabinet is not closed.
    fn claims(&self) -> Vec<Claim> {
        let over = self.revoked || self.expired.contains(&self.last_term_number());
        let cabinet = self.grant.as_ref().filter(|_| !over).map(|grant| grant.cabinet);
        cabinet.map(|cabinet| Claim::set_member(active_licenses_set(cabinet))).into_iter().collect()
    }
}

/// The set of the licences of a cabinet that were neither revoked nor have expired.
pub fn active_licenses_set(cabinet: CabinetId) -> String {
    format!("license_of/{cabinet}")
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
