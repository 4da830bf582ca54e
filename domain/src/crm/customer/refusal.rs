//! Reasons to refuse a command on a customer.

use serde::Serialize;
use thiserror::Error;
use utoipa::ToSchema;

use crate::{Fault, scheduling::AppointmentId, support::IssueId};

/// Why a customer is not changed as wanted.
#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("there is no such customer")]
    UnknownCustomer {},
    #[error("the customer is registered already")]
    AlreadyCreated {},
    #[error("the customer is archived")]
    Archived {},
    #[error("a customer has a name or the name of an organisation")]
    Nameless {},
    #[error("a customer who is no walk-in can be reached in some way")]
    Unreachable {},
    #[error("the customer has no {what} with the key {key}")]
    NoSuchEntry { what: Entry, key: u32 },
    #[error("a customer has at most {most} {what} entries")]
    TooMany { what: Entry, most: usize },
    #[error(
        "{} appointments and {} issues of the customer are still open",
        appointments.len(), issues.len()
    )]
    StillOpen {
        /// Which ones.
        appointments: Vec<AppointmentId>,
        issues: Vec<IssueId>,
    },
}

/// What a customer has several of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    ContactPoint,
    Address,
    ExternalId,
}

impl std::fmt::Display for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::ContactPoint => "contact point",
            Self::Address => "address",
            Self::ExternalId => "external id",
        })
    }
}

impl crate::Refusal for Refusal {
    fn rule(&self) -> Option<&'static str> {
        match self {
            Self::Nameless {} | Self::Unreachable {} => Some("CRM-1"),
            Self::StillOpen { .. } => Some("CRM-3"),
            _ => None,
        }
    }

    fn is_of_state(&self) -> bool {
        matches!(
            self,
            Self::UnknownCustomer {}
                | Self::AlreadyCreated {}
                | Self::Archived {}
                | Self::TooMany { .. }
        )
    }

    fn faults(&self) -> Vec<Fault> {
        let pointer = match self {
            Self::Nameless {} => "/name",
            Self::NoSuchEntry { .. } => "/key",
            _ => return Vec::new(),
        };
        vec![Fault::new(pointer, self.to_string())]
    }
}
