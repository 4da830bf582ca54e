//! Routes of scheduling: appointments, resources, services and free slots.

mod appointment;
pub(crate) mod guest;
mod note;
mod resource;
#[expect(unused_qualifications, reason = "utoipa writes the path of parameters out")]
mod schedule;
mod service;
#[expect(unused_qualifications, reason = "utoipa writes the path of parameters out")]
mod slot;

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .merge(appointment::routes())
        .merge(guest::routes())
        .merge(note::routes())
        .merge(resource::routes())
        .merge(service::routes())
        .merge(schedule::routes())
        .merge(slot::routes())
}
