//! Lists of appointments by customer and by employee, conflicting appointments, and counts.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use commands::policy::Right;
use domain::{
    crm::customer::CustomerId,
    identity::user::UserId,
    scheduling::{appointment::Status, service::ServiceId},
};
use projections::{
    listing::{self, Page},
    scheduling::{
        appointment::{APPOINTMENTS, Appointment},
        resource::RESOURCES,
        schedule,
        slot::DayRange,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use crate::{
    App,
    caller::Caller,
    describe::{FormatParam, IncludeParam, MinPositionHeader, PageParams},
    json_request::Query,
    problem::Problem,
    read_query::{ListQuery, ReadQuery, min_position},
    reads::{self, List, Row},
    routes::Routes,
    tables::ListAnswer,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .guarded(Right::AppointmentsRead, routes!(list_customer_appointments))
        .guarded(Right::AppointmentsRead, routes!(list_employee_schedule))
        .guarded(Right::AppointmentsRun, routes!(list_conflicts))
        .guarded(Right::AppointmentsRead, routes!(count_appointments))
}

/// Whose appointments.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct CustomerFilter {
    /// Those of this customer; your own if you are one and it is left out.
    customer_id: Option<CustomerId>,
    /// `starts_at` or another order of the list of appointments.
    sort: Option<String>,
    #[param(ignore)]
    limit: Option<u32>,
    #[param(ignore)]
    cursor: Option<String>,
}

/// The appointments of a customer, by start.
#[utoipa::path(get, path = "/appointments/customer_appointments",
    operation_id = "scheduling.appointment.of_customer",
    tag = "scheduling", params(CustomerFilter, PageParams, MinPositionHeader),
    responses((status = 200, description = "A list of appointments.",
        body = List<Row<Appointment>>)))]
async fn list_customer_appointments(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Query(filter): Query<CustomerFilter>,
) -> Result<ListAnswer<Row<Appointment>>, Problem> {
    let CustomerFilter { customer_id, sort, limit, cursor } = filter;
    let right = Right::AppointmentsRead;
    let row_scope = caller.row_scope(right)?;
    let missing = || Problem::invalid("customer_id", "say whose appointments");
    let customer = customer_id.or(caller.customer).ok_or_else(missing)?;
    let fixed = vec![("customer".into(), customer.to_string())];
    let list = listing::Query { fixed, sort, limit, cursor, ..listing::Query::default() };
    let query = ReadQuery { list, min_position: min_position(&headers)?, ..ReadQuery::default() };
    reads::list_in_scope(&app, &caller, &APPOINTMENTS, (right, &row_scope), query).await
}

/// Whose schedule, and of which days.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct EmployeeFilter {
    /// The account of the employee; your own if it is left out.
    employee_id: Option<UserId>,
    /// The first day.
    start_date: NaiveDate,
    /// The last day, itself included: 31 days at most.
    end_date: NaiveDate,
    /// The IANA zone in which the days begin and end; the employee's own if it is left out.
    #[param(value_type = Option<String>)]
    time_zone: Option<Tz>,
    #[param(ignore)]
    limit: Option<u32>,
    #[param(ignore)]
    cursor: Option<String>,
}

/// The appointments that take the time of an employee on some days, by start, without those that
/// were cancelled.
#[utoipa::path(get, path = "/appointments/employee_schedule",
    operation_id = "scheduling.appointment.of_employee",
    tag = "scheduling", params(EmployeeFilter, PageParams, MinPositionHeader),
    responses((status = 200, description = "A list of appointments.",
        body = List<Row<Appointment>>)))]
async fn list_employee_schedule(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Query(filter): Query<EmployeeFilter>,
) -> Result<ListAnswer<Row<Appointment>>, Problem> {
    let EmployeeFilter { employee_id, start_date, end_date, time_zone, limit, cursor } = filter;
    let row_scope = caller.row_scope(Right::AppointmentsRead)?;
    let models = [&RESOURCES, &APPOINTMENTS];
    let freshness = app.read_models.wait_for(&models, min_position(&headers)?).await?;
    let employee = employee_id.unwrap_or_else(|| caller.id.into());
    let days = DayRange { first: start_date, last: end_date, zone: time_zone };
    let ids =
        schedule::appointments_of_employee(&app.db, employee, days, app.commands.now()).await?;
    let list = listing::Query { limit, cursor, ..listing::Query::default() };
    let query = ReadQuery { list, ..ReadQuery::default() };
    reads::list_by_ids(&app, &caller, &APPOINTMENTS, &row_scope, (ids, freshness), query).await
}

/// Future appointments that cannot all take place, by start: more than a resource can serve take it
/// at once, or a customer would be in two places. This can happen after the rules of a time zone
/// changed, or the capacity of a resource was reduced.
#[utoipa::path(get, path = "/appointments/conflicts",
    operation_id = "scheduling.appointment.conflicts",
    tag = "scheduling", params(FormatParam, PageParams, IncludeParam, MinPositionHeader),
    responses((status = 200, description = "A list of appointments.",
        body = List<Row<Appointment>>)))]
async fn list_conflicts(
    State(app): State<App>,
    caller: Caller,
    ListQuery(query): ListQuery,
) -> Result<ListAnswer<Row<Appointment>>, Problem> {
    let row_scope = caller.row_scope(Right::AppointmentsRun)?;
    let freshness =
        app.read_models.wait_for(&[&RESOURCES, &APPOINTMENTS], query.min_position).await?;
    let ids = schedule::double_booked_appointments(&app.db, app.commands.now()).await?;
    reads::list_by_ids(&app, &caller, &APPOINTMENTS, &row_scope, (ids, freshness), query).await
}

/// How many appointments there are.
#[derive(Serialize, ToSchema)]
struct AppointmentStats {
    data: AppointmentCounts,
    meta: CountedUpTo,
}

#[derive(Default, Serialize, ToSchema)]
struct AppointmentCounts {
    total: i64,
    by_status: BTreeMap<String, i64>,
    /// By the service's id.
    by_service: BTreeMap<ServiceId, i64>,
    /// Moved or called off when it was too late for a client to do so.
    late: i64,
}

#[derive(Serialize, ToSchema)]
struct CountedUpTo {
    /// Everything up to here is counted.
    position: i64,
    as_of: DateTime<Utc>,
}

/// The number of appointments with a status, a service and lateness in common.
#[derive(Deserialize)]
struct CountRow {
    status: Status,
    service: ServiceId,
    late: bool,
    count: i64,
}

/// How many appointments there are of those that you may see, by status and by service. The filters are
/// those of the list of appointments, such as `filter[starts_at]=2030-01-01T00:00:00Z..`.
#[utoipa::path(get, path = "/appointments/stats", operation_id = "scheduling.appointment.stats",
    tag = "scheduling", params(MinPositionHeader),
    responses((status = 200, body = AppointmentStats)))]
async fn count_appointments(
    State(app): State<App>,
    caller: Caller,
    query: ReadQuery,
) -> Result<Response, Problem> {
    let row_scope = caller.row_scope(Right::AppointmentsRead)?;
    query.allow_only(&["filter"])?;
    let freshness = app.read_models.wait_for(&[&APPOINTMENTS], query.min_position).await?;
    let group_by = ["status", "service", "late"];
    let page = listing::count_groups::<CountRow>(
        &app.db,
        &APPOINTMENTS,
        &query.list,
        &row_scope,
        &group_by,
    )
    .await?;
    let Page { rows, position, as_of, .. } = page;
    let mut data = AppointmentCounts::default();
    for CountRow { status, service, late, count } in rows {
        data.total += count;
        *data.by_status.entry(status.to_string()).or_default() += count;
        *data.by_service.entry(service).or_default() += count;
        data.late += if late { count } else { 0 };
    }
    let meta = CountedUpTo { position, as_of };
    let mut response = Json(AppointmentStats { data, meta }).into_response();
    freshness.set_headers(&mut response);
    Ok(response)
}
