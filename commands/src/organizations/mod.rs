mod cabinet;
mod invitation;
mod membership;
mod reach;

pub use invitation::{INVITATION, admit, admit_newcomer};
pub use membership::{enrol, look_after, memberships_within, reaches};
pub use reach::subtree;

use domain::organizations::{cabinet::Cabinet, invitation::Invitation, membership::Membership};

use crate::ForEach;

pub(crate) fn for_each(each: &mut impl ForEach) {
    each.aggregate::<Cabinet>();
    each.aggregate::<Invitation>();
    each.aggregate::<Membership>();
}
