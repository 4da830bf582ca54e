//! When what happens, with whom.

mod appointment;
mod note;
mod resource;
#[expect(unused_qualifications, reason = "utoipa writes the path of parameters out")]
mod schedule;
mod service;
#[expect(unused_qualifications, reason = "utoipa writes the path of parameters out")]
mod slot;

use utoipa_axum::router::OpenApiRouter;

use crate::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .merge(appointment::routes())
        .merge(note::routes())
        .merge(resource::routes())
        .merge(service::routes())
        .merge(schedule::routes())
        .merge(slot::routes())
}
