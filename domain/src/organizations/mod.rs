//! Business customers: organisations with access to the portal, their members and invitations.

pub mod cabinet;
mod ids;
pub mod invitation;
pub mod membership;

pub use ids::{CabinetId, InvitationId, MembershipId};
