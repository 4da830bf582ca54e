//! Something that is sold: what it can be bought with, and for how long.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use strum::EnumDiscriminants;
use thiserror::Error;
use utoipa::ToSchema;

pub use super::ProductId;
use crate::{
    Change, Claim, Decider, DecisionContext, Fault, IssuanceChange, ParameterSchema, Parameters,
    SchemaVersion, Sku, TermLength, Text, term_length::problem_of_notices,
};

/// Not for sale until it is created.
#[derive(Debug, Clone, Default)]
pub struct Product {
    details: Option<Details>,
    retired: bool,
    /// Every declaration ever in force: licences keep the one they were issued under.
    schemas: BTreeMap<SchemaVersion, ParameterSchema>,
    policy: Option<Policy>,
}

/// What the product is called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Details {
    /// What orders call it.
    pub sku: Sku,
    pub name: Text<200>,
    pub description: Option<Text<4000>>,
}

/// How licences of the product are issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// How long one purchase lasts.
    pub term: TermLength,
    /// For how many days after the end of a term the product still works.
    #[serde(default)]
    pub grace_days: u16,
    /// How many days before the end the holder is told, longest first.
    #[serde(default = "default_notice_days")]
    pub notices: Vec<u16>,
    /// What a quantity of three means.
    #[serde(default)]
    pub quantity: QuantityRule,
}

/// What is issued for a quantity greater than one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuantityRule {
    /// One licence with that many seats.
    #[default]
    Seats,
    /// That many licences.
    Separate,
}

/// The distances at which holders are told unless the policy says otherwise.
pub fn default_notice_days() -> Vec<u16> {
    vec![90, 60, 30, 14, 7, 1]
}

impl Policy {
    fn faults(&self) -> Vec<Fault> {
        let fault = |field: &str, message: &str| Fault::new(format!("/policy/{field}"), message);
        let term = self.term.problem().map(|problem| fault("term", problem));
        let notices = problem_of_notices(&self.notices).map(|problem| fault("notices", problem));
        term.into_iter().chain(notices).collect()
    }

    /// As a scenario has it.
    fn changed_by(self, change: &IssuanceChange) -> Self {
        Self {
            term: change.term.unwrap_or(self.term),
            grace_days: change.grace_days.unwrap_or(self.grace_days),
            notices: change.notices.clone().unwrap_or(self.notices),
            ..self
        }
    }
}

impl Event {
    /// What would have been recorded, had the policy been that of a scenario (ANA-4).
    #[must_use]
    pub fn under_other_policy(self, change: &IssuanceChange) -> Self {
        match self {
            Self::IssuancePolicySet { policy } => {
                Self::IssuancePolicySet { policy: policy.changed_by(change) }
            }
            fact => fact,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// Puts a product into the catalogue.
    Create {
        /// What orders call it.
        sku: Sku,
        name: Text<200>,
        #[serde(default)]
        description: Option<Text<4000>>,
    },
    /// Changes what the product is called; what is left out stays.
    Change {
        #[serde(default)]
        sku: Option<Sku>,
        #[serde(default)]
        name: Option<Text<200>>,
        #[serde(default, skip_serializing_if = "Change::is_keep")]
        #[schema(value_type = Option<Text<4000>>)]
        description: Change<Text<4000>>,
    },
    /// Takes the product off sale; its licences stay.
    Retire {},
    /// Declares what the product can be bought with, as a JSON Schema. It accepts all that the one
    /// before accepts, or is `breaking`.
    DefineParameters {
        schema: ParameterSchema,
        /// Whether parameters that were valid may become invalid. That makes a new major version;
        /// licences keep the version they were issued under.
        #[serde(default)]
        breaking: bool,
    },
    /// Says how licences of the product are issued.
    SetIssuancePolicy { policy: Policy },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    Created { details: Details },
    Changed { details: Details },
    Retired {},
    ParametersDefined { version: SchemaVersion, schema: ParameterSchema },
    IssuancePolicySet { policy: Policy },
}

#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("there is no such product")]
    NotCreated,
    #[error("the product exists already")]
    AlreadyCreated,
    #[error("the product is retired")]
    Retired,
    #[error("the parameters are not declared by a usable schema")]
    UnusableSchema { faults: Vec<Fault> },
    #[error("parameters that are valid today could become invalid; say so with 'breaking'")]
    Incompatible { faults: Vec<Fault> },
    #[error("licences cannot be issued by this policy")]
    UnusablePolicy { faults: Vec<Fault> },
}

impl crate::Refusal for Refusal {
    fn rule(&self) -> Option<&'static str> {
        match self {
            Self::UnusableSchema { .. } | Self::Incompatible { .. } => Some("CAT-1"),
            Self::Retired => Some("CAT-8"),
            _ => None,
        }
    }

    fn is_of_state(&self) -> bool {
        matches!(self, Self::NotCreated | Self::AlreadyCreated | Self::Retired)
    }

    fn faults(&self) -> Vec<Fault> {
        match self {
            Self::UnusableSchema { faults }
            | Self::Incompatible { faults }
            | Self::UnusablePolicy { faults } => faults.clone(),
            _ => Vec::new(),
        }
    }
}

impl Product {
    /// What it is called, once it is created.
    pub fn details(&self) -> Option<&Details> {
        self.details.as_ref()
    }

    pub fn is_created(&self) -> bool {
        self.details.is_some()
    }

    pub fn is_retired(&self) -> bool {
        self.retired
    }

    /// How licences of it are issued; `None` as long as nobody said.
    pub fn policy(&self) -> Option<&Policy> {
        self.policy.as_ref()
    }

    /// The declaration that new licences are issued under. Before there is one, no parameters are
    /// allowed.
    pub fn current_schema(&self) -> (SchemaVersion, ParameterSchema) {
        let last = self.schemas.last_key_value();
        last.map(|(version, schema)| (*version, schema.clone())).unwrap_or_default()
    }

    /// Every declaration that ever was in force.
    pub fn parameter_schemas(&self) -> &BTreeMap<SchemaVersion, ParameterSchema> {
        &self.schemas
    }

    /// The declaration of that version.
    pub fn parameter_schema(&self, version: SchemaVersion) -> ParameterSchema {
        self.schemas.get(&version).cloned().unwrap_or_default()
    }

    /// What is wrong with parameters under that version of the declaration.
    pub fn check_parameters(
        &self,
        version: SchemaVersion,
        parameters: &Parameters,
        at: &str,
    ) -> Vec<Fault> {
        self.parameter_schema(version).parameter_faults(parameters, at)
    }

    /// CAT-1: the next declaration accepts all that the present one accepts, or is a new major one.
    fn define(&self, schema: ParameterSchema, breaking: bool) -> Result<Vec<Event>, Refusal> {
        let faults = schema.declaration_faults();
        if !faults.is_empty() {
            return Err(Refusal::UnusableSchema { faults: at_schema(faults) });
        }
        let Some((current, present)) = self.schemas.last_key_value() else {
            let version = SchemaVersion { major: 1, minor: 0 };
            return Ok(vec![Event::ParametersDefined { version, schema }]);
        };
        if *present == schema {
            return Ok(vec![]);
        }
        let faults = present.incompatibilities_with(&schema);
        let version = match (faults.is_empty(), breaking) {
            (true, _) => SchemaVersion { minor: current.minor + 1, ..*current },
            (false, true) => SchemaVersion { major: current.major + 1, minor: 0 },
            (false, false) => return Err(Refusal::Incompatible { faults: at_schema(faults) }),
        };
        Ok(vec![Event::ParametersDefined { version, schema }])
    }
}

fn at_schema(faults: Vec<Fault>) -> Vec<Fault> {
    let below = |fault: Fault| Fault { pointer: format!("/schema{}", fault.pointer), ..fault };
    faults.into_iter().map(below).collect()
}

impl Decider for Product {
    const NAME: &'static str = "catalog.product";

    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;
    type Facts = ();

    fn decide(&self, command: Command, _: &DecisionContext<()>) -> Result<Vec<Event>, Refusal> {
        let Some(current) = &self.details else {
            return match command {
                Command::Create { sku, name, description } => {
                    Ok(vec![Event::Created { details: Details { sku, name, description } }])
                }
                _ => Err(Refusal::NotCreated),
            };
        };
        match command {
            Command::Create { .. } => Err(Refusal::AlreadyCreated),
            Command::Retire {} if self.retired => Ok(vec![]),
            Command::Retire {} => Ok(vec![Event::Retired {}]),
            _ if self.retired => Err(Refusal::Retired),
            Command::Change { sku, name, description } => {
                let details = Details {
                    sku: sku.unwrap_or_else(|| current.sku.clone()),
                    name: name.unwrap_or_else(|| current.name.clone()),
                    description: description.applied_to(current.description.clone()),
                };
                Ok(if details == *current { vec![] } else { vec![Event::Changed { details }] })
            }
            Command::DefineParameters { schema, breaking } => self.define(schema, breaking),
            Command::SetIssuancePolicy { policy } => match policy.faults() {
                faults if !faults.is_empty() => Err(Refusal::UnusablePolicy { faults }),
                _ if self.policy.as_ref() == Some(&policy) => Ok(vec![]),
                _ => Ok(vec![Event::IssuancePolicySet { policy }]),
            },
        }
    }

    fn evolve(mut self, event: Event) -> Self {
        match event {
            Event::Created { details } | Event::Changed { details } => self.details = Some(details),
            Event::Retired {} => self.retired = true,
            Event::ParametersDefined { version, schema } => {
                self.schemas.insert(version, schema);
            }
            Event::IssuancePolicySet { policy } => self.policy = Some(policy),
        }
        self
    }

    /// An order names a product by its SKU, so no two products share one; a retired one keeps its
    /// own, or an old order would be for something else.
    fn claims(&self) -> Vec<Claim> {
        let sku = self.details.as_ref().map(|details| &details.sku);
        sku.map(|sku| Claim::unique("sku", sku, "CAT-8")).into_iter().collect()
    }
}

#[cfg(test)]
mod tests;
