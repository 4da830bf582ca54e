mod cabinet;
mod invitation;
mod membership;

pub use invitation::{INVITATION, admit};
pub use membership::{enrol, look_after};

use domain::organizations::{cabinet::Cabinet, invitation::Invitation, membership::Membership};

use crate::ForEach;

pub(crate) fn for_each(each: &mut impl ForEach) {
    each.aggregate::<Cabinet>();
    each.aggregate::<Invitation>();
    each.aggregate::<Membership>();
}
