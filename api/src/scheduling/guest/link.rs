//! The signed link to a guest's appointment: see it, move it, call it off.

use axum::{extract::State, response::Response};
use chrono::NaiveDateTime;
use commands::{policy::Right, scheduling::GUEST_LINK_PURPOSE};
use domain::{
    crm::customer::CustomerId,
    scheduling::{
        appointment::{AppointmentId, Command},
        resource::ResourceId,
    },
};
use projections::scheduling::appointment::{self, APPOINTMENTS};
use sealing::LinkToken;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::offered::require_public_resources;
use crate::{
    App,
    caller::Caller,
    dispatcher::CommandResponse,
    json_request::{Empty, JsonRequest, Path},
    problem::Problem,
    read_query::ReadQuery,
    reads::{self, Item, Row},
    routes::Routes,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .public(routes!(show_appointment))
        .public(routes!(reschedule_appointment))
        .public(routes!(cancel_appointment))
}

/// The token of the link to an appointment: it names the customer, who is the caller by it.
pub(super) fn link_token(app: &App, appointment: AppointmentId, customer: CustomerId) -> LinkToken {
    let master = app.commands.aggregates().keys().master();
    LinkToken::new(master, GUEST_LINK_PURPOSE, appointment.uuid(), customer.uuid(), "")
}

/// The appointment to which a link leads, and the caller who shows it; 404 if it is not ours, or for somebody
/// else or nobody any more by now.
pub(crate) async fn resolve_link(
    app: &App,
    token: &str,
) -> Result<(AppointmentId, Caller), Problem> {
    let aggregates = app.commands.aggregates();
    let token = LinkToken::verified(aggregates.keys().master(), GUEST_LINK_PURPOSE, "", token);
    let LinkToken { about, nonce, .. } = token.ok_or_else(Problem::not_found)?;
    let (appointment, customer) = (AppointmentId::from(about), CustomerId::from(nonce));
    let is_known = aggregates.keys().keys([customer.uuid()]).await?.can_open(customer.uuid());
    if !is_known || aggregates.load(appointment).await?.customer() != Some(customer) {
        return Err(Problem::not_found());
    }
    Ok((appointment, Caller::from_link(customer)))
}

/// The appointment of a link.
#[utoipa::path(get, path = "/public/appointments/{token}",
    operation_id = "scheduling.guest.appointment", tag = "scheduling",
    params(("token" = String, Path)),
    responses((status = 200, body = Item<Row<appointment::Appointment>>)))]
async fn show_appointment(
    State(app): State<App>,
    Path(token): Path<String>,
    query: ReadQuery,
) -> Result<Response, Problem> {
    let (id, caller) = resolve_link(&app, &token).await?;
    let right = Right::AppointmentsRead;
    let found: Item<Row<appointment::Appointment>> =
        reads::item(&app, &caller, &APPOINTMENTS, right, id.uuid(), &query).await?;
    found.conditional_response(&query)
}

/// When it shall be instead.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GuestReschedule)]
struct OtherTime {
    #[schema(value_type = String, example = "2030-01-08T10:00:00")]
    start: NaiveDateTime,
    /// Those of before if they are left out.
    #[serde(default)]
    resources: Option<Vec<ResourceId>>,
}

/// Moves the appointment of a link.
#[utoipa::path(post, path = "/public/appointments/{token}/reschedule",
    operation_id = "scheduling.guest.reschedule", tag = "scheduling",
    params(("token" = String, Path)), request_body = OtherTime,
    responses((status = 200, body = CommandResponse)))]
async fn reschedule_appointment(
    State(app): State<App>,
    Path(token): Path<String>,
    request: JsonRequest<OtherTime>,
) -> Result<CommandResponse, Problem> {
    let (id, caller) = resolve_link(&app, &token).await?;
    let OtherTime { start, resources } = request.body;
    // Who serves may have been hidden since it was booked.
    let appointment = app.commands.aggregates().load(id).await?;
    let before =
        appointment.agreed_service_and_plan().map(|(_, plan)| plan.resources()).unwrap_or_default();
    let mut others = resources.clone().unwrap_or_default();
    others.retain(|resource| !before.contains(resource));
    require_public_resources(&app, &others).await?;
    let (start, override_reason) = (Some(start), None);
    let command = Command::Reschedule { start, resources, override_reason };
    app.dispatcher.execute(&caller, id, vec![command], request.options).await
}

/// Calls off the appointment of a link.
#[utoipa::path(post, path = "/public/appointments/{token}/cancel",
    operation_id = "scheduling.guest.cancel", tag = "scheduling",
    params(("token" = String, Path)), request_body = Empty,
    responses((status = 200, body = CommandResponse)))]
async fn cancel_appointment(
    State(app): State<App>,
    Path(token): Path<String>,
    request: JsonRequest<Empty>,
) -> Result<CommandResponse, Problem> {
    let (id, caller) = resolve_link(&app, &token).await?;
    let command = Command::Cancel { reason: None };
    app.dispatcher.execute(&caller, id, vec![command], request.options).await
}
