use commands::policy::Right;
use domain::identity::authorization::{Authorization, Command};
use projections::{
    identity::authorization::{self, AUTHORIZATIONS},
    listing::Listing,
};
use utoipa_axum::router::OpenApiRouter;

use crate::{App, resource::resource, visible::Visible};

impl Visible for Authorization {
    const SEEN: Right = Right::Profile;
    const LISTING: &'static Listing = &AUTHORIZATIONS;
}

pub(super) fn routes() -> OpenApiRouter<App> {
    resource::<Authorization>("/authorizations")
        // What somebody allows he is asked by the page of consent.
        .without(&["grant", "withdraw"])
        .delete(|| Command::Withdraw {})
        .list::<authorization::Authorization>()
        .item::<authorization::Authorization>()
        .history()
        .routes()
}
