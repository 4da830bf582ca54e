//! What was written down about an appointment.

use axum::extract::State;
use commands::policy::Right;
use domain::scheduling::appointment::AppointmentId;
use projections::{
    listing::{self, Page},
    scheduling::appointment::{APPOINTMENTS, NOTES, Written},
};
use serde_json::Value;
use utoipa_axum::routes;

use crate::{
    App,
    ask::Ask,
    caller::Caller,
    given::Path,
    problem::Problem,
    reads::{self, List, Listed},
    routes::Routes,
    visible::is_inside,
};

pub(super) fn routes() -> Routes {
    Routes::default().right(Right::AppointmentsRead, routes!(notes))
}

/// What was written down about an appointment, in order. Clients are never told of internal notes.
#[utoipa::path(get, path = "/appointments/{id}/notes", operation_id = "scheduling.appointment.notes",
    tag = "scheduling", params(("id" = AppointmentId, Path)),
    responses((status = 200, description = "A list of notes.", body = Listed<Written>)))]
async fn notes(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AppointmentId>,
    ask: Ask,
) -> Result<List<Written>, Problem> {
    let sight = caller.sight(Right::AppointmentsRead)?;
    let freshness = app.read_models.fresh(&[&NOTES], ask.min_position).await?;
    reads::found::<Value>(&app, &APPOINTMENTS, id.uuid(), &sight).await?;
    let mut query = ask.query;
    query.filters.push(("appointment".into(), id.to_string()));
    if !is_inside(&caller) {
        query.filters.push(("visibility".into(), "customer".into()));
    }
    let page = listing::list(&app.db, &NOTES, &query, &sight).await?;
    let Page { rows: data, next, position, as_of } = page;
    Ok(List { data, next, position, as_of, freshness })
}
