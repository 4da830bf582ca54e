//! Reasons to refuse a command on a user.

use serde::Serialize;
use thiserror::Error;
use utoipa::ToSchema;

use crate::{Fault, access::Role};

/// Why a user is not changed as wanted.
#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("there is no such user")]
    Unregistered,
    #[error("the user is registered already")]
    AlreadyRegistered,
    #[error("the role {role:?} is nobody's who signs in")]
    NoRoleForUsers { role: Role },
    #[error("the user is deactivated")]
    Deactivated,
    #[error("nobody would be left who administers the deployment")]
    LastAdministrator,
    #[error("the user is no member of that cabinet")]
    NoMember,
    #[error("there is no such customer")]
    NoSuchCustomer,
    #[error("the link was used, replaced by a later one, or is too old")]
    LinkSpent,
    #[error("the code was used before")]
    CodeSpent,
    #[error("an authenticator app is enrolled already; disable it first")]
    TotpEnabled,
    #[error("no authenticator app is enrolled")]
    NoTotp,
    #[error("there is no such passkey")]
    NoPasskey,
    #[error("there are {most} passkeys already")]
    TooManyPasskeys { most: usize },
    #[error("nobody resets their own second factor; a recovery code helps, or somebody else")]
    OwnFactor,
    #[error("the user may do more than whoever asks for it")]
    Outranked,
    #[error("a purchase system is known by its name; an administrator gives it another one")]
    NameGiven,
}

impl crate::Refusal for Refusal {
    fn rule(&self) -> Option<&'static str> {
        match self {
            Self::LastAdministrator => Some("IAM-7"),
            Self::LinkSpent => Some("IAM-9"),
            Self::NoMember => Some("ORG-8"),
            Self::OwnFactor | Self::Outranked => Some("IAM-12"),
            Self::NameGiven => Some("PUR-6"),
            _ => None,
        }
    }

    fn is_of_state(&self) -> bool {
        matches!(
            self,
            Self::Unregistered
                | Self::AlreadyRegistered
                | Self::Deactivated
                | Self::OwnFactor
                | Self::TotpEnabled
                | Self::NoTotp
        )
    }

    fn faults(&self) -> Vec<Fault> {
        match self {
            Self::NoRoleForUsers { .. } => {
                vec![Fault::new("/role", self.to_string())]
            }
            Self::NoSuchCustomer => {
                vec![Fault::new("/customer", self.to_string())]
            }
            _ => vec![],
        }
    }
}
