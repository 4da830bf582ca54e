//! Routes of organizations: cabinets (client organisations), memberships and invitations.

mod cabinet;
mod invitation;
mod membership;
mod own_cabinets;

pub(crate) use invitation::{AcceptAs, NewAccount, accept_as, verify_token};

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .merge(cabinet::routes())
        .merge(invitation::routes())
        .merge(membership::routes())
        .merge(own_cabinets::routes())
}
