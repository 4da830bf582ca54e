//! An organisation that buys from us, with its place in the portal: a cabinet.

mod details;
mod hierarchy;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::EnumDiscriminants;
use thiserror::Error;
use utoipa::ToSchema;

pub use super::CabinetId;
use crate::{
    Change, Claim, Country, Decider, DecisionContext, Email, Fault, Personal, TaxId, Text,
};
pub use details::Details;
use details::PlainDetails;
pub use hierarchy::{CabinetStatus, Facts, MAX_DEPTH, children_set};

/// Nobody's cabinet until it is created or provisioned.
#[derive(Debug, Clone, Default)]
pub struct Cabinet {
    details: Option<Details>,
    kind: Kind,
    parent: Option<CabinetId>,
    /// The cabinet that was asked to become its parent.
    requested_parent: Option<CabinetId>,
    status: CabinetStatus,
    vendor_managed: bool,
    /// The moment of the order that its details come from; `None` once a person wrote them.
    as_of: Option<DateTime<Utc>>,
}

/// What an organisation is to the business.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CabinetKind)]
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

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
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
    /// Puts it below another cabinet. Whoever has no say in that one asks there; the cabinet is
    /// attached when the question is accepted.
    Attach { parent: CabinetId },
    /// Takes the cabinet that asks for it in.
    AcceptAttachment {},
    /// Does not take it in.
    DeclineAttachment {},
    /// Takes it out from below the other, or takes the question back.
    Detach {},
    /// Puts it below another cabinet than now, with all that is below itself.
    Move { parent: CabinetId },
    /// Stops it for a while: it reads, and can neither invite nor transfer nor activate.
    Suspend {
        #[serde(default)]
        reason: Option<Text<500>>,
    },
    /// Ends the suspension.
    Reinstate {},
    /// Closes it for good; nothing may be left in it.
    Close {},
    /// Says whether the business looks after it, so that it needs no administrator of its own.
    SetPolicy { vendor_managed: bool },
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
    AttachmentRequested {
        parent: CabinetId,
    },
    AttachmentDeclined {},
    Attached {
        parent: CabinetId,
    },
    Detached {},
    Moved {
        parent: CabinetId,
    },
    Suspended {
        reason: Option<Text<500>>,
    },
    Reinstated {},
    Closed {},
    PolicySet {
        vendor_managed: bool,
    },
}

#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("there is no such cabinet")]
    NotCreated,
    #[error("the cabinet exists already")]
    AlreadyCreated,
    #[error("there is no such cabinet that could be above it")]
    UnknownParent,
    #[error("it is below another cabinet already; move it")]
    AlreadyAttached,
    #[error("it is not below another cabinet, and did not ask")]
    NotAttached,
    #[error("it asked for nothing")]
    NotAsked,
    #[error("a cabinet cannot be below itself")]
    Cycle,
    #[error("the tree would be {levels} levels deep; {MAX_DEPTH} are possible")]
    TooDeep { levels: usize },
    #[error("who looks after that cabinet must agree")]
    NeedsConsent,
    #[error("the cabinet is closed")]
    Closed,
    #[error(
        "there are {children} cabinets below, {licenses} active licences and {issues} open issues"
    )]
    NotEmpty { children: usize, licenses: usize, issues: usize },
    #[error("it has no administrator of its own")]
    NoAdministrator,
}

impl crate::Refusal for Refusal {
    fn rule(&self) -> Option<&'static str> {
        match self {
            Self::Cycle | Self::TooDeep { .. } => Some("ORG-1"),
            Self::NeedsConsent => Some("ORG-2"),
            Self::NoAdministrator => Some("ORG-3"),
            Self::NotEmpty { .. } => Some("ORG-6"),
            _ => None,
        }
    }

    fn is_of_state(&self) -> bool {
        matches!(
            self,
            Self::NotCreated
                | Self::AlreadyCreated
                | Self::AlreadyAttached
                | Self::NotAttached
                | Self::NotAsked
                | Self::Closed
        )
    }

    fn faults(&self) -> Vec<Fault> {
        match self {
            Self::UnknownParent => {
                vec![Fault::new("/parent", self.to_string())]
            }
            _ => vec![],
        }
    }
}

impl Cabinet {
    pub fn is_created(&self) -> bool {
        self.details.is_some()
    }

    /// The organisation's details, once its cabinet exists.
    pub fn details(&self) -> Option<&Details> {
        self.details.as_ref()
    }

    /// The cabinet above it.
    pub fn parent(&self) -> Option<CabinetId> {
        self.parent
    }

    /// The cabinet that was asked to become its parent.
    pub fn requested_parent(&self) -> Option<CabinetId> {
        self.requested_parent
    }

    pub fn status(&self) -> CabinetStatus {
        self.status
    }

    /// Whether the business looks after it.
    pub fn is_vendor_managed(&self) -> bool {
        self.vendor_managed
    }
}

impl Decider for Cabinet {
    const NAME: &'static str = "organizations.cabinet";

    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;
    type Facts = Facts;

    fn decide(
        &self,
        command: Command,
        case: &DecisionContext<Facts>,
    ) -> Result<Vec<Event>, Refusal> {
        match (command, &self.details) {
            (Command::Create { .. }, Some(_)) => Err(Refusal::AlreadyCreated),
            (
                Command::Create { name, kind, tax_id, external_id, country, contact_email, parent },
                None,
            ) => {
                if parent.is_some() {
                    hierarchy::check_parent(case)?;
                }
                let contact = contact_email;
                let details = PlainDetails { name, tax_id, external_id, country, contact }
                    .into_details(case.id);
                Ok(vec![Event::Created { kind, parent, details }])
            }
            (
                Command::Provision { name, tax_id, external_id, country, contact_email, as_of },
                existing,
            ) => {
                let (tax_id, contact) = (Some(tax_id), contact_email);
                let details = PlainDetails { name, tax_id, external_id, country, contact }
                    .into_details(case.id);
                Ok(match (existing, self.as_of) {
                    (None, _) => vec![Event::Provisioned { details, as_of }],
                    (Some(existing), Some(order_time))
                        if (as_of, details.tie_breaker())
                            < (order_time, existing.tie_breaker()) =>
                    {
                        vec![Event::DetailsChanged { details, as_of: Some(as_of) }]
                    }
                    _ => vec![],
                })
            }
            (_, None) => Err(Refusal::NotCreated),
            (command, Some(_)) if self.status == CabinetStatus::Closed => match command {
                Command::Close {} => Ok(vec![]),
                _ => Err(Refusal::Closed),
            },
            (
                Command::ChangeDetails { name, tax_id, external_id, country, contact_email },
                Some(existing),
            ) => {
                let contact = contact_email.map(|email| Personal::sealed(case.id, email));
                let details = Details {
                    country: country.applied_to(existing.country),
                    contact: contact.applied_to(existing.contact.clone()),
                    ..existing.with_changes(case.id, name, tax_id, external_id)
                };
                let change = Event::DetailsChanged { details: details.clone(), as_of: None };
                Ok(if details == *existing { vec![] } else { vec![change] })
            }
            (Command::ChangeType { kind }, Some(_)) if kind == self.kind => Ok(vec![]),
            (Command::ChangeType { kind }, Some(_)) => Ok(vec![Event::TypeChanged { kind }]),
            (command, Some(_)) => Ok(self.decide_hierarchy(command, case)?.into_iter().collect()),
        }
    }

    fn evolve(self, event: Event) -> Self {
        match event {
            Event::Created { kind, parent, details } => {
                Self { details: Some(details), kind, parent, ..self }
            }
            Event::Provisioned { details, as_of } => {
                Self { details: Some(details), as_of: Some(as_of), ..self }
            }
            Event::DetailsChanged { details, as_of } => {
                Self { details: Some(details), as_of, ..self }
            }
            Event::TypeChanged { kind } => Self { kind, ..self },
            Event::AttachmentRequested { parent } => {
                Self { requested_parent: Some(parent), ..self }
            }
            Event::AttachmentDeclined {} => Self { requested_parent: None, ..self },
            Event::Attached { parent } | Event::Moved { parent } => {
                Self { parent: Some(parent), requested_parent: None, ..self }
            }
            Event::Detached {} => Self { parent: None, ..self },
            Event::Suspended { .. } => Self { status: CabinetStatus::Suspended, ..self },
            Event::Reinstated {} => Self { status: CabinetStatus::Active, ..self },
            Event::Closed {} => {
                Self { status: CabinetStatus::Closed, requested_parent: None, ..self }
            }
            Event::PolicySet { vendor_managed } => Self { vendor_managed, ..self },
        }
    }

    /// ORG-5: no two organisations have one tax id, or one id in another system. The set lets
    /// a decision to close or move the cabinet above see that this one is below it (ORG-1, ORG-6).
    fn claims(&self) -> Vec<Claim> {
        let Some(details) = &self.details else { return vec![] };
        let tax_id = details.tax_id.as_ref().map(|id| Claim::unique("tax_id", id, "ORG-5"));
        let external_id = details.external_id.as_ref().and_then(|id| {
            let claim = Claim::unique("external_id", id.get()?, "ORG-5");
            Some(Claim { of: id.subject(), ..claim })
        });
        let open = self.parent.filter(|_| self.status != CabinetStatus::Closed);
        let child = open.map(|parent| Claim::set_member(children_set(parent)));
        tax_id.into_iter().chain(external_id).chain(child).collect()
    }
}

#[cfg(test)]
mod tests;
