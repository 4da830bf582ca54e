//! The ids of this context, by which the others name what is in it. An id knows nothing of what it
//! identifies: the type only keeps one kind from being taken for another.

use super::{cabinet::Cabinet, invitation::Invitation, membership::Membership};
use crate::{Id, TaxId, identity::UserId};

pub type CabinetId = Id<Cabinet>;
pub type InvitationId = Id<Invitation>;
pub type MembershipId = Id<Membership>;

impl CabinetId {
    /// The cabinet that orders of an organisation provision, whichever of them comes first.
    pub fn from_tax_id(tax_id: &TaxId) -> Self {
        Self::derived(&["cabinet", tax_id.as_str()])
    }
}

impl InvitationId {
    /// The invitation of the first buyer of a cabinet that an order provisioned (PUR-4).
    pub fn of_first_buyer(cabinet: CabinetId) -> Self {
        Self::derived(&["invitation", "buyer", &cabinet.to_string()])
    }
}

impl MembershipId {
    /// The one membership of a user in a cabinet.
    pub fn in_cabinet_of_user(cabinet: CabinetId, user: UserId) -> Self {
        Self::derived(&["membership", &cabinet.to_string(), &user.to_string()])
    }
}
