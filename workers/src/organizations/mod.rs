//! Invitations and memberships.

mod invitation;
mod membership;

pub use invitation::InvitationReactions;
pub use membership::membership_worker;
