use commands::policy::Right;
use domain::scheduling::service::{Changes, Command, Service};
use projections::scheduling::service::{self, SERVICES};
use utoipa_axum::router::OpenApiRouter;

use crate::{App, resource::resource};

pub(super) fn routes() -> OpenApiRouter<App> {
    resource::<Service>("/services", Right::ServicesRead)
        .create("define")
        .patch(|changes: Changes| vec![Command::Change(changes)])
        .delete(|| Command::Retire {})
        .list::<service::Service>(&SERVICES)
        .item::<service::Service>(&SERVICES)
        .history(&SERVICES, |_, _| true)
        .routes()
}
