//! Lists the notes of an appointment.

use axum::extract::State;
use commands::policy::Right;
use domain::scheduling::appointment::AppointmentId;
use projections::scheduling::appointment::{APPOINTMENTS, AppointmentNote, NOTES};
use utoipa_axum::routes;

use crate::{
    App,
    caller::Caller,
    describe::{FormatParam, IncludeParam, MinPositionHeader, PageParams},
    json_request::Path,
    problem::Problem,
    read_query::ListQuery,
    reads::{self, List},
    routes::Routes,
    tables::ListAnswer,
    visible::is_staff,
};

pub(super) fn routes() -> Routes {
    Routes::default().guarded(Right::AppointmentsRead, routes!(list_notes))
}

/// The notes of an appointment, in order. Clients never see internal notes.
#[utoipa::path(get, path = "/appointments/{id}/notes", operation_id = "scheduling.appointment.notes",
    tag = "scheduling", params(("id" = AppointmentId, Path), FormatParam, PageParams, IncludeParam, MinPositionHeader),
    responses((status = 200, description = "A list of notes.", body = List<AppointmentNote>)))]
async fn list_notes(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AppointmentId>,
    ListQuery(mut query): ListQuery,
) -> Result<ListAnswer<AppointmentNote>, Problem> {
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
