//! Commands of organisations and their members.

mod cabinet;
mod invitation;
mod membership;
mod reach;

pub use invitation::{
    INVITATION_LINK_PURPOSE, join_by_accepted_invitation, join_if_registered_by_invitation,
};
pub use membership::{
    cabinets_of_user_in_subtree, join_home_cabinet, make_vendor_managed_if_unattended,
};
pub use reach::{
    actors_of_principal_in_cabinet, ancestry, has_lost_ancestor_since, subtree, user_has_right,
};
