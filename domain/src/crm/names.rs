//! What a customer is called, by us and by others.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Change, Personal, Text};

/// What a customer is called: a person by `name`, an organisation by `organization`; a person who
/// acts for an organisation has both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// The person's whole name, in the order in which it is spoken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text<200>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<Text<200>>,
}

impl Names {
    /// What kind of customer is called so; `None` if these are no names at all.
    pub fn kind(&self) -> Option<Kind> {
        match (&self.name, &self.organization) {
            (Some(_), _) => Some(Kind::Person),
            (None, Some(_)) => Some(Kind::Organization),
            (None, None) => None,
        }
    }
}

/// Other names: what is left out stays, `null` takes a name away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Renaming {
    /// The person's whole name.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    #[schema(value_type = Option<Text<200>>)]
    pub name: Change<Text<200>>,
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    #[schema(value_type = Option<Text<200>>)]
    pub organization: Change<Text<200>>,
}

impl Renaming {
    /// The names after the change.
    pub fn applied_to(self, old: Names) -> Names {
        Names {
            name: self.name.applied_to(old.name),
            organization: self.organization.applied_to(old.organization),
        }
    }
}

/// Whether a customer is one human being.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    #[default]
    Person,
    Organization,
}

/// What another system calls the customer, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExternalIdEntry {
    /// Which system.
    pub system: Text<50>,
    pub id: Personal<Text<200>>,
}

/// What another system calls the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExternalId {
    /// Which system.
    pub system: Text<50>,
    pub id: Text<200>,
}
