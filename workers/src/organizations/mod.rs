//! Who becomes a member of a cabinet.

mod invitation;
mod membership;

pub use invitation::Invitations;
pub use membership::worker as memberships;
