//! Invitations and memberships.

mod invitation;
mod membership;

pub use invitation::Invitations;
pub use membership::membership_worker;
