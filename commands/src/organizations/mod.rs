//! Who belongs together.

mod cabinet;
mod invitation;
mod membership;
mod reach;

pub use invitation::{INVITATION, admit, admit_newcomer};
pub use membership::{enrol, look_after, memberships_within, reaches};
pub use reach::subtree;
