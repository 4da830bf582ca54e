//! Commands of organisations and their members.

mod cabinet;
mod invitation;
mod membership;
mod reach;

pub use invitation::{INVITATION, admit, admit_newcomer};
pub use membership::{enrol, manage_if_unattended, memberships_within};
pub use reach::{actors_on, ancestry, has_moved_since, may, subtree};
