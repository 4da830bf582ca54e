//! Who becomes a member of a cabinet.

mod invitation;

pub use invitation::Invitations;
