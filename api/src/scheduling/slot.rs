//! Which slots are free, and how much of a resource's hours is taken.

use axum::{extract::State, http::HeaderMap};
use chrono::NaiveDate;
use chrono_tz::Tz;
use commands::policy::Right;
use domain::scheduling::{
    resource::ResourceId,
    service::ServiceId,
    slot::{Slot, TimeSlot},
};
use projections::{
    listing::Page,
    scheduling::{
        appointment::APPOINTMENTS,
        resource::RESOURCES,
        service::SERVICES,
        slot::{Days, Found, NoSlots, Wish, available, hours},
    },
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::routes;

use crate::{
    App, freshness::Freshness, json_request::Query, problem::Problem, read_query::min_position,
    reads::List, routes::Routes,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .right(Right::ServicesRead, routes!(slots))
        .right(Right::ServicesRead, routes!(time_slots))
}

/// Which slots are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Wanted {
    service_id: ServiceId,
    /// Only those with this resource.
    resource_id: Option<ResourceId>,
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
    tag = "scheduling", params(Wanted),
    responses((status = 200, description = "A list of slots.", body = List<Slot>)))]
async fn slots(
    State(app): State<App>,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Result<List<Slot>, Problem> {
    let models = [&SERVICES, &RESOURCES, &APPOINTMENTS];
    let freshness = app.read_models.wait_for(&models, min_position(&headers)?).await?;
    let wish = Wish {
        service: wanted.service_id,
        resource: wanted.resource_id,
        days: Days { first: wanted.start_date, last: wanted.end_date, zone: wanted.time_zone },
    };
    let found = available(&app.db, &wish, app.commands.now()).await?;
    Ok(whole(found, freshness))
}

/// Whose hours are wanted, and of which days.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Hours {
    resource_id: ResourceId,
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
    tag = "scheduling", params(Hours),
    responses((status = 200, description = "A list of time slots.", body = List<TimeSlot>)))]
async fn time_slots(
    State(app): State<App>,
    headers: HeaderMap,
    Query(wanted): Query<Hours>,
) -> Result<List<TimeSlot>, Problem> {
    let Hours { resource_id, start_date, end_date, time_zone } = wanted;
    let models = [&RESOURCES, &APPOINTMENTS];
    let freshness = app.read_models.wait_for(&models, min_position(&headers)?).await?;
    let days = Days { first: start_date, last: end_date, zone: time_zone };
    let found = hours(&app.db, resource_id, days, app.commands.now()).await?;
    Ok(whole(found, freshness))
}

/// All that was found, on one page.
fn whole<T>(found: Found<T>, freshness: Freshness) -> List<T> {
    let Found { slots: rows, position, as_of } = found;
    List::of(Page { rows, next: None, position, as_of }, freshness)
}

impl From<NoSlots> for Problem {
    fn from(why: NoSlots) -> Self {
        let parameter = match why {
            NoSlots::NotOffered => "service_id",
            NoSlots::UnfitResource | NoSlots::NoResource => "resource_id",
            NoSlots::Days | NoSlots::TooMany => "end_date",
            NoSlots::Busy => return Self::unavailable("overloaded", why),
            NoSlots::Database(error) => return error.into(),
        };
        Self::invalid(parameter, why.to_string())
    }
}
