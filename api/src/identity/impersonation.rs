//! Acting in the name of a user (IAM-8).

use commands::policy::Right;
use domain::identity::impersonation::Impersonation;
use projections::identity::impersonation::{self, IMPERSONATIONS};
use utoipa_axum::router::OpenApiRouter;

use crate::{App, resource::resource};

pub(super) fn routes() -> OpenApiRouter<App> {
    resource::<Impersonation>("/impersonations", Right::Impersonate)
        .without(&["start"])
        .list::<impersonation::Impersonation>(&IMPERSONATIONS)
        .item::<impersonation::Impersonation>(&IMPERSONATIONS)
        .routes()
}
