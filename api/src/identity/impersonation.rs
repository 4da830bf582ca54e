//! Acting in the name of a user (IAM-8).

use commands::policy::Right;
use domain::identity::impersonation::Impersonation;
use projections::{
    identity::impersonation::{self, IMPERSONATIONS},
    listing::Listing,
};
use utoipa_axum::router::OpenApiRouter;

use crate::{App, resource::resource, visible::Visible};

impl Visible for Impersonation {
    const SEEN: Right = Right::Impersonate;
    const LISTING: &'static Listing = &IMPERSONATIONS;
}

pub(super) fn routes() -> OpenApiRouter<App> {
    resource::<Impersonation>("/impersonations")
        .without(&["start"])
        .list::<impersonation::Impersonation>()
        .item::<impersonation::Impersonation>()
        .routes()
}
