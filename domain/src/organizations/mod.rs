//! Who our business customers are: organisations with access to the portal.

pub mod cabinet;
mod ids;
pub mod invitation;
pub mod membership;

pub use ids::{CabinetId, InvitationId, MembershipId};
