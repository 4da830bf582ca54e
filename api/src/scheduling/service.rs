use commands::policy::Right;
use domain::scheduling::service::{Changes, Command, Service};
use projections::{
    listing::Listing,
    scheduling::service::{self, SERVICES},
};
use utoipa_axum::router::OpenApiRouter;

use crate::{App, resource::resource, visible::Visible};

impl Visible for Service {
    const SEEN: Right = Right::ServicesRead;
    const LISTING: &'static Listing = &SERVICES;
}

pub(super) fn routes() -> OpenApiRouter<App> {
    resource::<Service>("/services")
        .create("define")
        .patch(|changes: Changes| vec![Command::Change(changes)])
        .delete(|| Command::Retire {})
        .list::<service::Service>()
        .item::<service::Service>()
        .history()
        .routes()
}
