//! Endpoints of the authorizations that users granted to OAuth clients, and can withdraw.

use commands::policy::Right;
use domain::identity::authorization::{Authorization, Command};
use projections::{
    identity::authorization::{self, AUTHORIZATIONS},
    listing::Listing,
};

use crate::{resource::resource, routes::Routes, visible::Visible};

impl Visible for Authorization {
    const READ_RIGHT: Right = Right::Profile;
    const LISTING: &'static Listing = &AUTHORIZATIONS;
}

pub(super) fn routes() -> Routes {
    resource::<Authorization>("/authorizations")
        // Authorizations are granted on the consent page only.
        .delete(|| Command::Withdraw {})
        .list::<authorization::Authorization>()
        .item::<authorization::Authorization>()
        .history()
        .routes()
}
