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
        // What somebody allows they are asked by the page of consent.
        .delete(|| Command::Withdraw {})
        .list::<authorization::Authorization>()
        .item::<authorization::Authorization>()
        .history()
        .routes()
}
