//! Commands of organisations and their members.

mod cabinet;
mod invitation;
mod membership;
mod reach;

pub use invitation::{INVITATION_LINK_PURPOSE, admit_invited_user, admit_newcomer};
pub use membership::{
    join_home_cabinet, make_vendor_managed_if_unattended, memberships_in_subtree,
};
pub use reach::{actors_in_cabinet, ancestry, has_moved_since, subtree, user_has_right};
