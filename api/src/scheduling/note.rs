//! Lists the notes of an appointment.

use axum::extract::State;
use commands::policy::Right;
use domain::scheduling::appointment::AppointmentId;
use projections::scheduling::appointment::{APPOINTMENTS, AppointmentNote, NOTES};
use utoipa_axum::routes;

use crate::{
    App,
    caller::Caller,
    describe::{IncludeParam, MinPosition, PageParams},
    json_request::Path,
    problem::Problem,
    read_query::ReadQuery,
    reads::{self, List},
    routes::Routes,
    visible::is_staff,
};

pub(super) fn routes() -> Routes {
    Routes::default().guarded(Right::AppointmentsRead, routes!(list_notes))
}

/// The notes of an appointment, in order. Clients never see internal notes.
#[utoipa::path(get, path = "/appointments/{id}/notes", operation_id = "scheduling.appointment.notes",
    tag = "scheduling", params(("id" = AppointmentId, Path), PageParams, IncludeParam, MinPosition),
    responses((status = 200, description = "A list of notes.", body = List<AppointmentNote>)))]
async fn list_notes(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AppointmentId>,
    mut query: ReadQuery,
) -> Result<List<AppointmentNote>, Problem> {
    if !is_staff(&caller) {
        query.list.fixed.push(("visibility".into(), "customer".into()));
    }
    let appointment = (&APPOINTMENTS, id.uuid());
    reads::list_children(
        &app,
        &caller,
        appointment,
        (&NOTES, "appointment"),
        Right::AppointmentsRead,
        query,
    )
    .await
}
