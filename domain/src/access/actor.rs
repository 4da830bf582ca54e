//! Who acts: their role, and how far their rights go.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Right;
use crate::{crm::CustomerId, macros::display_as_serialized, organizations::CabinetId};

/// What someone is to the business.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Nobody we know, or the holder of a signed link.
    Guest,
    /// A user of a client organisation, or a customer.
    ClientUser,
    /// An administrator of a client organisation.
    ClientAdmin,
    /// Works for the business.
    Employee,
    /// An employee who answers support issues.
    SupportAgent,
    /// Administers the whole deployment.
    Admin,
    /// A system that tells of purchases.
    PurchaseSystem,
    /// Studies what happened.
    Analyst,
    /// The business's own workers and schedulers.
    System,
}

impl Role {
    pub const ALL: [Self; 9] = [
        Self::Guest,
        Self::ClientUser,
        Self::ClientAdmin,
        Self::Employee,
        Self::SupportAgent,
        Self::Admin,
        Self::PurchaseSystem,
        Self::Analyst,
        Self::System,
    ];

    /// Whether rules for clients (cut-offs, notice) do not bind this role.
    pub fn is_staff(self) -> bool {
        matches!(self, Self::Employee | Self::SupportAgent | Self::Admin | Self::System)
    }

    /// Whether what it may do depends on the active cabinet.
    pub fn is_client(self) -> bool {
        matches!(self, Self::ClientUser | Self::ClientAdmin)
    }
}

display_as_serialized!(Role);

/// How far a client's rights go in the tree of organisations.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// What they did themselves.
    #[default]
    Own,
    /// Their active cabinet.
    Cabinet,
    /// Their active cabinet and all below it.
    Subtree,
}

/// Who gives a command or asks a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The user; for workers an id that follows from the worker's name.
    pub id: Uuid,
    pub role: Role,
    pub reach: Reach,
    /// The cabinet they act in.
    pub cabinet: Option<CabinetId>,
    /// The cabinets within their reach, the active one included.
    pub reachable: Vec<CabinetId>,
    /// The customer they are, if they are one.
    pub customer: Option<CustomerId>,
    /// The rights that their key or token is limited to; `None`: all rights of the role.
    pub only: Option<BTreeSet<Right>>,
    /// Who acts in their name, if somebody else does (IAM-8).
    pub impersonator: Option<Uuid>,
}

impl Actor {
    /// An actor without cabinet and customer.
    pub fn new(id: Uuid, role: Role) -> Self {
        Self {
            id,
            role,
            reach: Reach::Own,
            cabinet: None,
            reachable: Vec::new(),
            customer: None,
            only: None,
            impersonator: None,
        }
    }

    /// A worker acting by itself.
    pub fn system(name: &str) -> Self {
        Self::new(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()), Role::System)
    }
}
