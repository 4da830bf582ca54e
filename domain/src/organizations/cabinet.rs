//! An organisation that buys from us, with its place in the portal: a cabinet.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use utoipa::ToSchema;

use crate::{Case, Change, Claim, Country, Decider, Email, Id, Personal, TaxId, Text};

pub type CabinetId = Id<Cabinet>;

impl CabinetId {
    /// The cabinet that orders of an organisation provision: whichever comes first, it is this one.
    pub fn of(tax_id: &TaxId) -> Self {
        Self::derived(&["cabinet", tax_id.as_str()])
    }
}

/// Nobody's cabinet until it is created or provisioned.
#[derive(Debug, Clone, Default)]
pub struct Cabinet {
    details: Option<Details>,
    kind: Kind,
    parent: Option<CabinetId>,
    /// The moment of the order that its details come from; `None` once a person wrote them.
    as_of: Option<DateTime<Utc>>,
}

/// What the business calls the organisation and how to reach it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Details {
    pub name: Text<200>,
    pub tax_id: Option<TaxId>,
    /// Its id in the business's other systems.
    pub external_id: Option<Text<100>>,
    pub country: Option<Country>,
    /// Where notices about its licences go.
    pub contact: Option<Personal<Email>>,
}

impl Details {
    /// Which of two orders of the same moment is heard: any rule will do that never changes.
    fn rank(&self) -> impl Ord {
        let contact = self.contact.as_ref().and_then(Personal::get);
        (self.name.clone(), self.external_id.clone(), self.country, contact.cloned())
    }
}

/// What an organisation is to the business.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Buys for itself.
    #[default]
    Client,
    /// Belongs to another cabinet, as a company of its own.
    Subsidiary,
    /// A part of another cabinet.
    Branch,
    /// Buys for others.
    Reseller,
    /// Makes what we sell.
    Vendor,
    /// Ourselves.
    Internal,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// Opens a cabinet for an organisation.
    Create {
        name: Text<200>,
        #[serde(default)]
        kind: Kind,
        #[serde(default)]
        tax_id: Option<TaxId>,
        /// Its id in the business's other systems.
        #[serde(default)]
        external_id: Option<Text<100>>,
        #[serde(default)]
        country: Option<Country>,
        /// Where notices about its licences go.
        #[serde(default)]
        contact_email: Option<Email>,
        /// The cabinet above it.
        #[serde(default)]
        parent: Option<CabinetId>,
    },
    /// Opens the cabinet of an organisation that ordered. Of all orders the earliest names it,
    /// whichever is heard of first.
    Provision {
        name: Text<200>,
        tax_id: TaxId,
        #[serde(default)]
        external_id: Option<Text<100>>,
        #[serde(default)]
        country: Option<Country>,
        #[serde(default)]
        contact_email: Option<Email>,
        /// When the order was placed.
        as_of: DateTime<Utc>,
    },
    /// Corrects what is known of the organisation; what is left out stays.
    ChangeDetails {
        #[serde(default)]
        name: Option<Text<200>>,
        #[serde(default, skip_serializing_if = "Change::is_keep")]
        #[schema(value_type = Option<TaxId>)]
        tax_id: Change<TaxId>,
        #[serde(default, skip_serializing_if = "Change::is_keep")]
        #[schema(value_type = Option<Text<100>>)]
        external_id: Change<Text<100>>,
        #[serde(default, skip_serializing_if = "Change::is_keep")]
        #[schema(value_type = Option<Country>)]
        country: Change<Country>,
        #[serde(default, skip_serializing_if = "Change::is_keep")]
        #[schema(value_type = Option<Email>)]
        contact_email: Change<Email>,
    },
    /// Says what the organisation is to the business.
    ChangeType { kind: Kind },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    Created {
        kind: Kind,
        parent: Option<CabinetId>,
        details: Details,
    },
    Provisioned {
        details: Details,
        /// When the order was placed that its details come from.
        as_of: DateTime<Utc>,
    },
    DetailsChanged {
        details: Details,
        /// When the order was placed that they come from; `None` if a person wrote them.
        as_of: Option<DateTime<Utc>>,
    },
    TypeChanged {
        kind: Kind,
    },
}

#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("there is no such cabinet")]
    NotCreated,
    #[error("the cabinet exists already")]
    AlreadyCreated,
    #[error("the cabinet above does not exist")]
    UnknownParent,
}

impl crate::Refusal for Refusal {}

/// What a decision must know of other cabinets.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Whether the cabinet named as parent exists.
    pub parent_exists: bool,
}

impl Cabinet {
    pub fn is_created(&self) -> bool {
        self.details.is_some()
    }

    /// What is known of the organisation, once its cabinet exists.
    pub fn details(&self) -> Option<&Details> {
        self.details.as_ref()
    }

    /// The cabinet above it.
    pub fn parent(&self) -> Option<CabinetId> {
        self.parent
    }
}

impl Decider for Cabinet {
    const NAME: &'static str = "organizations.cabinet";

    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;
    type Facts = Facts;

    fn decide(&self, command: Command, case: &Case<Facts>) -> Result<Vec<Event>, Refusal> {
        let contact = |email| Personal::known(case.id, email);
        match (command, &self.details) {
            (Command::Create { .. }, Some(_)) => Err(Refusal::AlreadyCreated),
            (Command::Create { parent: Some(_), .. }, None) if !case.facts.parent_exists => {
                Err(Refusal::UnknownParent)
            }
            (
                Command::Create { name, kind, tax_id, external_id, country, contact_email, parent },
                None,
            ) => {
                let contact = contact_email.map(contact);
                let details = Details { name, tax_id, external_id, country, contact };
                Ok(vec![Event::Created { kind, parent, details }])
            }
            (
                Command::Provision { name, tax_id, external_id, country, contact_email, as_of },
                known,
            ) => {
                let (tax_id, contact) = (Some(tax_id), contact_email.map(contact));
                let details = Details { name, tax_id, external_id, country, contact };
                Ok(match (known, self.as_of) {
                    (None, _) => vec![Event::Provisioned { details, as_of }],
                    (Some(known), Some(heard))
                        if (as_of, details.rank()) < (heard, known.rank()) =>
                    {
                        vec![Event::DetailsChanged { details, as_of: Some(as_of) }]
                    }
                    _ => vec![],
                })
            }
            (_, None) => Err(Refusal::NotCreated),
            (
                Command::ChangeDetails { name, tax_id, external_id, country, contact_email },
                Some(known),
            ) => {
                let details = Details {
                    name: name.unwrap_or_else(|| known.name.clone()),
                    tax_id: tax_id.of(known.tax_id.clone()),
                    external_id: external_id.of(known.external_id.clone()),
                    country: country.of(known.country),
                    contact: contact_email.map(contact).of(known.contact.clone()),
                };
                let change = Event::DetailsChanged { details: details.clone(), as_of: None };
                Ok(if details == *known { vec![] } else { vec![change] })
            }
            (Command::ChangeType { kind }, Some(_)) if kind == self.kind => Ok(vec![]),
            (Command::ChangeType { kind }, Some(_)) => Ok(vec![Event::TypeChanged { kind }]),
        }
    }

    fn evolve(self, event: Event) -> Self {
        match event {
            Event::Created { kind, parent, details } => {
                Self { details: Some(details), kind, parent, as_of: None }
            }
            Event::Provisioned { details, as_of } => {
                Self { details: Some(details), as_of: Some(as_of), ..self }
            }
            Event::DetailsChanged { details, as_of } => {
                Self { details: Some(details), as_of, ..self }
            }
            Event::TypeChanged { kind } => Self { kind, ..self },
        }
    }

    /// ORG-5: no two organisations have one tax id, or one id in another system.
    fn claims(&self) -> Vec<Claim> {
        let Some(details) = &self.details else { return vec![] };
        let tax_id = details.tax_id.as_ref().map(|id| Claim::unique("tax_id", id, "ORG-5"));
        let external = details.external_id.as_ref();
        let external_id = external.map(|id| Claim::unique("external_id", id, "ORG-5"));
        tax_id.into_iter().chain(external_id).collect()
    }
}

#[cfg(test)]
mod tests;
