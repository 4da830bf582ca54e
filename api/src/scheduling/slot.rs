//! Lists the free slots of a service, and the occupancy of a resource.

use axum::{extract::State, http::HeaderMap};
use chrono::NaiveDate;
use chrono_tz::Tz;
use commands::policy::Right;
use domain::{
    identity::{Actor, Role},
    scheduling::{
        appointment::AppointmentId,
        resource::ResourceId,
        service::{Service, ServiceId},
        slot::{OccupancySlot, Slot},
    },
};
use projections::{
    listing::{self, Page},
    scheduling::{
        appointment::APPOINTMENTS,
        resource::RESOURCES,
        service::SERVICES,
        slot::{
            DayRange, OfferedResources, SlotAnswer, SlotQuery, SlotQueryError, available_slots,
            resource_hours,
        },
    },
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;
use utoipa_axum::routes;

use crate::{
    App,
    caller::Caller,
    describe::MinPositionHeader,
    freshness::Freshness,
    json_request::Query,
    problem::{Problem, ProblemCode},
    read_query::min_position,
    reads::{self, List},
    routes::Routes,
    visible::Visible,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .guarded(Right::ServicesRead, routes!(list_slots))
        .guarded(Right::ServicesRead, routes!(list_time_slots))
}

/// The parameters of the list of free slots.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct SlotFilter {
    /// What is to be booked.
    service_id: ServiceId,
    /// Only those with this resource.
    resource_id: Option<ResourceId>,
    /// Where this appointment could be moved to: what it takes itself is free for it.
    moving: Option<AppointmentId>,
    /// The first day.
    start_date: NaiveDate,
    /// The last day, itself included: 31 days at most.
    end_date: NaiveDate,
    /// The IANA zone in which the days begin and end; the resources' own if it is left out.
    #[param(value_type = Option<String>)]
    time_zone: Option<Tz>,
}

/// The slots of a service that are free and could be booked now, by start.
#[utoipa::path(get, path = "/appointments/available_slots",
    operation_id = "scheduling.appointment.slots",
    tag = "scheduling", params(SlotFilter, MinPositionHeader),
    responses((status = 200, description = "A list of slots.", body = List<Slot>)))]
async fn list_slots(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Query(filter): Query<SlotFilter>,
) -> Result<List<Slot>, Problem> {
    let models = [&SERVICES, &RESOURCES, &APPOINTMENTS];
    let freshness = app.read_models.wait_for(&models, min_position(&headers)?).await?;
    let (services, row_scope) = (Service::listing(&caller), caller.row_scope(Right::ServicesRead)?);
    let service = filter.service_id.uuid();
    listing::find::<Value>(&mut (&app.db).into(), services, service, &row_scope)
        .await?
        .ok_or(SlotQueryError::NotOffered)?;
    if let Some(moving) = filter.moving {
        // Who may not see it must not learn when it is.
        let row_scope = caller.row_scope(Right::AppointmentsRead)?;
        let found =
            reads::find_row::<Value>(&app, &APPOINTMENTS, moving.uuid(), &row_scope, freshness)
                .await;
        let unknown = || Problem::invalid("moving", "there is no such appointment");
        found.map_err(|why| if why.has_code("not_found") { unknown() } else { why })?;
    }
    let wish = SlotQuery {
        service: filter.service_id,
        resource: filter.resource_id,
        moving: filter.moving,
        days: DayRange { first: filter.start_date, last: filter.end_date, zone: filter.time_zone },
        of: offered_resources(&caller),
    };
    let found = available_slots(&app.db, &wish, app.commands.now()).await?;
    Ok(single_page(found, freshness))
}

/// The parameters of the occupancy of a resource.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct TimeSlotFilter {
    /// Whose hours.
    resource_id: ResourceId,
    /// The first day.
    start_date: NaiveDate,
    /// The last day, itself included: 31 days at most.
    end_date: NaiveDate,
    /// The IANA zone in which the days begin and end; the resource's own if it is left out.
    #[param(value_type = Option<String>)]
    time_zone: Option<Tz>,
}

/// The hours of a resource on some days, cut where what is booked begins and ends, and how many of its
/// places are taken in each part.
#[utoipa::path(get, path = "/time-slots", operation_id = "scheduling.resource.time_slots",
    tag = "scheduling", params(TimeSlotFilter, MinPositionHeader),
    responses((status = 200, description = "A list of time slots.", body = List<OccupancySlot>)))]
async fn list_time_slots(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Query(filter): Query<TimeSlotFilter>,
) -> Result<List<OccupancySlot>, Problem> {
    let TimeSlotFilter { resource_id, start_date, end_date, time_zone } = filter;
    let models = [&RESOURCES, &APPOINTMENTS];
    let freshness = app.read_models.wait_for(&models, min_position(&headers)?).await?;
    let days = DayRange { first: start_date, last: end_date, zone: time_zone };
    let resource = (resource_id, offered_resources(&caller));
    let found = resource_hours(&app.db, resource, days, app.commands.now()).await?;
    Ok(single_page(found, freshness))
}

/// Whose time is offered to somebody.
pub(super) fn offered_resources(actor: &Actor) -> OfferedResources {
    if actor.role == Role::Guest { OfferedResources::Public } else { OfferedResources::All }
}

/// All slots on one page.
fn single_page<T>(found: SlotAnswer<T>, freshness: Freshness) -> List<T> {
    let SlotAnswer { slots: rows, position, as_of } = found;
    List::from_page(Page { rows, next: None, position, as_of }, freshness)
}

impl From<SlotQueryError> for Problem {
    fn from(error: SlotQueryError) -> Self {
        let parameter = match error {
            SlotQueryError::NotOffered => "service_id",
            SlotQueryError::UnfitResource | SlotQueryError::NoResource => "resource_id",
            SlotQueryError::DayRange | SlotQueryError::TooMany => "end_date",
            SlotQueryError::Busy => return Self::unavailable(ProblemCode::Overloaded, error),
            SlotQueryError::Database(error) => return error.into(),
        };
        Self::invalid(parameter, error.to_string())
    }
}
