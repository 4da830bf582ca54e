//! The dashboard: what there is and what waits for somebody, counted in one answer.

use std::collections::HashMap;

use axum::{
    Json,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use commands::policy::Right;
use domain::{
    Decider, first_instant_at_or_after, identity::RowScope, licensing::license::License,
    platform::business::BusinessId, purchasing::purchase_event::PurchaseEvent,
    scheduling::appointment::Appointment, support::issue::Issue,
};
use projections::{
    licensing::license,
    listing::{self, Listing, Name, References},
    purchasing::purchase_event,
    scheduling::appointment,
    support::issue,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{
        Ref, RefOr, Schema,
        schema::{ArrayBuilder, ObjectBuilder, Type},
    },
};
use utoipa_axum::routes;

use crate::{
    App,
    caller::Caller,
    describe::MinPositionHeader,
    json_request::Query,
    live::Topic,
    names::{self, Include, Names, resolve_names},
    problem::Problem,
    read_query::min_position,
    reads::Row,
    routes::Routes,
};

/// How many of each are told beside their number.
const FIRST: u32 = 3;
/// What ends within so many days ends soon.
const SOON_DAYS: u64 = 30;

pub(crate) fn routes() -> Routes {
    Routes::default().guarded(Right::Profile, routes!(dashboard))
}

/// The parameters of the dashboard.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct DashboardParams {
    /// The IANA zone by whose clock days begin; that of the business if it is left out.
    #[param(value_type = Option<String>)]
    time_zone: Option<Tz>,
    /// What the answer should carry besides its data.
    #[param(value_type = Option<String>)]
    include: Option<Include>,
}

/// The figures of what you may see; those that are missing are of what you may not.
#[derive(Serialize, ToSchema)]
struct DashboardAnswer {
    data: Dashboard,
    /// What is called how whose id is in it, if that was asked for and may be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = BTreeMap<String, Name>, required = false)]
    names: Option<Names>,
}

/// Declares figures: what each says, its name, and the row of the list that it counts.
macro_rules! figures {
    ($($(#[$doc:meta])* $name:ident: $row:ty,)*) => {
        /// Figures, each of what its list shows you.
        #[derive(Serialize, ToSchema)]
        struct Dashboard {
            $($(#[$doc])*
            #[serde(skip_serializing_if = "Option::is_none")]
            #[schema(schema_with = figure::<$row>)]
            $name: Option<Figure<$row>>,)*
        }

        impl Dashboard {
            fn take(figures: &mut Figures) -> Result<Self, Problem> {
                Ok(Self { $($name: figures.take(stringify!($name))?,)* })
            }
        }
    };
}

figures! {
    /// Appointments that begin today and take place.
    appointments_today: appointment::Appointment,
    /// Appointments from today on that are to be confirmed.
    appointments_pending: appointment::Appointment,
    /// Issues that are open, the oldest first.
    issues_open: issue::Issue,
    /// Those of them that are urgent.
    issues_urgent: issue::Issue,
    /// Those of them that no agent has answered.
    issues_unanswered: issue::Issue,
    /// All licences.
    licenses: license::License,
    /// Active licences that end within 30 days, the next one first.
    licenses_ending: license::License,
    /// Messages of purchase systems that wait for a fix.
    purchases_parked: purchase_event::ParkedPurchaseEvent,
}

/// How many there are, and the first of them.
#[derive(Serialize)]
struct Figure<T> {
    count: i64,
    first: Vec<Row<T>>,
}

/// A row that stands beside a figure.
trait FigureRow: ToSchema {
    /// What it is a row of.
    type Of: Decider;
}

impl FigureRow for appointment::Appointment {
    type Of = Appointment;
}

impl FigureRow for issue::Issue {
    type Of = Issue;
}

impl FigureRow for license::License {
    type Of = License;
}

impl FigureRow for purchase_event::ParkedPurchaseEvent {
    type Of = PurchaseEvent;
}

/// The schema of a figure; its rows are described where their list is.
fn figure<T: FigureRow>() -> ObjectBuilder {
    let mut row = Row::<Value>::schema();
    if let RefOr::T(Schema::AllOf(parts)) = &mut row
        && let Some(own) = parts.items.first_mut()
    {
        *own = Ref::from_schema_name(format!("{}.{}", T::Of::NAME, T::name())).into();
    }
    let count = ObjectBuilder::new().schema_type(Type::Integer);
    let first = ArrayBuilder::new().items(row);
    ObjectBuilder::new()
        .property("count", count.description(Some("At most 100,000.")))
        .required("count")
        .property("first", first.description(Some("Three at most.")))
        .required("first")
}

/// What is counted: rows of a topic's list.
struct FigureQuery {
    name: &'static str,
    topic: &'static str,
    filters: Vec<(String, String)>,
    sort: &'static str,
}

/// What there is and what waits for you, in figures, each with the first of what it counts.
#[utoipa::path(get, path = "/dashboard", operation_id = "platform.dashboard", tag = "platform",
    params(DashboardParams, MinPositionHeader),
    responses((status = 200, description = "The figures.", body = DashboardAnswer)))]
async fn dashboard(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Query(DashboardParams { time_zone, include }): Query<DashboardParams>,
) -> Result<Response, Problem> {
    let zone = match time_zone {
        Some(zone) => zone,
        None => app.commands.aggregates().load(BusinessId::singleton()).await?.zone(),
    };
    let groups = by_scope(&caller, figure_queries(zone, app.commands.now()));
    let mut listings: Vec<_> =
        groups.iter().flat_map(|(_, group)| group).map(|(_, listing)| *listing).collect();
    if include.is_some() {
        let sources: Vec<_> =
            listings.iter().flat_map(|listing| names::name_listings(listing)).collect();
        listings.extend(sources);
    }
    let freshness = app.read_models.wait_for(&listings, min_position(&headers)?).await?;
    let mut figures = Figures::default();
    for (row_scope, group) in groups {
        let queries: Vec<_> =
            group.iter().map(|(query, listing)| (*listing, query.list_query())).collect();
        let found = listing::query_previews(&app.db, &queries, &row_scope).await?;
        for ((query, listing), figure) in group.into_iter().zip(found) {
            figures.0.insert(query.name, (listing, figure));
        }
    }
    let names = match include {
        Some(Include::Names) => Some(resolve_names(&app, &caller, figures.references()?).await?),
        None => None,
    };
    let data = Dashboard::take(&mut figures)?;
    let mut response = Json(DashboardAnswer { data, names }).into_response();
    freshness.set_headers(&mut response);
    Ok(response)
}

/// Everything that is counted, on the day that it is now in a zone.
fn figure_queries(zone: Tz, now: DateTime<Utc>) -> Vec<FigureQuery> {
    let today = now.with_timezone(&zone).date_naive();
    let midnight = |days| {
        let day = today.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX);
        first_instant_at_or_after(zone, day.and_time(NaiveTime::MIN)).to_rfc3339()
    };
    let range = |days| format!("{}..{}", midnight(0), midnight(days));
    let from_today = format!("{}..", midnight(0));
    let figure = |name, topic, sort, filters: &[(&str, &str)]| {
        let owned = |(field, value): &(&str, &str)| ((*field).to_owned(), (*value).to_owned());
        FigureQuery { name, topic, filters: filters.iter().map(owned).collect(), sort }
    };
    let appointments = |name, filters: &[_]| figure(name, Appointment::NAME, "starts_at", filters);
    let issues = |name, filters: &[_]| figure(name, Issue::NAME, "created_at", filters);
    let licenses = |name, filters: &[_]| figure(name, License::NAME, "ends_at", filters);
    let takes_place = ("status", "pending,confirmed,started,completed,no_show");
    vec![
        appointments("appointments_today", &[("starts_at", &range(1)), takes_place]),
        appointments("appointments_pending", &[("starts_at", &from_today), ("status", "pending")]),
        issues("issues_open", &[("status", "open")]),
        issues("issues_urgent", &[("status", "open"), ("priority", "urgent")]),
        issues("issues_unanswered", &[("status", "open"), ("answered_at", listing::NO_VALUE)]),
        licenses("licenses", &[]),
        licenses("licenses_ending", &[("status", "active"), ("ends_at", &range(SOON_DAYS))]),
        figure("purchases_parked", PurchaseEvent::NAME, "created_at", &[("status", "parked")]),
    ]
}

/// What the caller may see of it, by row scope: one statement each.
fn by_scope(
    caller: &Caller,
    queries: Vec<FigureQuery>,
) -> Vec<(RowScope, Vec<(FigureQuery, &'static Listing)>)> {
    let mut groups: Vec<(RowScope, Vec<_>)> = vec![];
    for query in queries {
        let Some(topic) = Topic::by_name(query.topic) else { continue };
        let Ok(row_scope) = caller.row_scope(topic.read_right) else { continue };
        let figure = (query, (topic.listing_for)(caller.actor()));
        match groups.iter_mut().find(|(scope, _)| *scope == row_scope) {
            Some((_, group)) => group.push(figure),
            None => groups.push((row_scope, vec![figure])),
        }
    }
    groups
}

impl FigureQuery {
    fn list_query(&self) -> listing::Query {
        listing::Query {
            filters: self.filters.clone(),
            sort: Some(self.sort.to_owned()),
            limit: Some(FIRST),
            ..listing::Query::default()
        }
    }
}

/// What was counted, by name.
#[derive(Default)]
struct Figures(HashMap<&'static str, (&'static Listing, listing::ListPreview)>);

impl Figures {
    fn take<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<Figure<T>>, Problem> {
        let Some((listing, figure)) = self.0.remove(name) else { return Ok(None) };
        Ok(Some(Figure { count: figure.count, first: figure.first(listing)? }))
    }

    /// What the rows refer to.
    fn references(&self) -> Result<References, Problem> {
        let mut references = References::default();
        for (listing, figure) in self.0.values() {
            for row in figure.first::<Value>(listing)? {
                references.collect_from_row(listing.fields, &row);
            }
        }
        Ok(references)
    }
}
