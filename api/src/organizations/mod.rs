//! Cabinets: the client organisations, and who acts in them.

mod cabinet;
mod invitation;
mod membership;
mod mine;

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .merge(cabinet::routes())
        .merge(invitation::routes())
        .merge(membership::routes())
        .merge(mine::routes())
}
