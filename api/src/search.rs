//! One search over all lists: a request where a palette would need one for each.

use axum::{Json, extract::State};
use commands::policy::Right;
use projections::listing::{self, Listing};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;
use uuid::Uuid;

use crate::{
    App,
    body::DataBody,
    caller::Caller,
    json_request::Query,
    live::{TOPICS, Topic},
    problem::Problem,
    routes::Routes,
};

/// How many of each topic are found at most.
const MAX_FOUND: u32 = 5;

pub(crate) fn routes() -> Routes {
    Routes::default().guarded(Right::Profile, routes!(search))
}

/// What is searched for, and where.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct SearchParams {
    /// Words that must all occur.
    q: String,
    /// Only in these: `crm.customer,support.issue`. Without it, in all that you may list.
    topics: Option<String>,
}

/// Something that was found.
#[derive(Serialize, ToSchema)]
struct Found {
    /// The kind of thing: `crm.customer`.
    topic: &'static str,
    id: Uuid,
    /// What it is called.
    name: Option<String>,
}

/// Searches everything that you may list and that has a name: five of each kind at most, in the order of its
/// list.
#[utoipa::path(get, path = "/search", operation_id = "platform.search", tag = "platform",
    params(SearchParams),
    responses((status = 200, description = "What was found, by kind.", body = DataBody<Vec<Found>>)))]
async fn search(
    State(app): State<App>,
    caller: Caller,
    Query(SearchParams { q, topics }): Query<SearchParams>,
) -> Result<Json<DataBody<Vec<Found>>>, Problem> {
    caller.row_scope(Right::Profile)?;
    let mut found = vec![];
    for topic in topics_named(topics.as_deref())? {
        found.extend(find_in(&app, &caller, topic, &q).await?);
    }
    Ok(Json(DataBody { data: found }))
}

/// The topics of these names, or all that can be searched.
fn topics_named(names: Option<&str>) -> Result<Vec<&'static Topic>, Problem> {
    let searchable: Vec<_> = TOPICS.iter().filter(|topic| is_searchable(topic.listing)).collect();
    let Some(names) = names else { return Ok(searchable) };
    let find = |name: &str| searchable.iter().copied().find(|topic| topic.name == name);
    let found = names.split(',').map(find).collect::<Option<_>>();
    found.ok_or_else(|| {
        let names: Vec<_> = searchable.iter().map(|topic| topic.name).collect();
        Problem::invalid("topics", format!("can be {}", names.join(", ")))
    })
}

fn is_searchable(listing: &Listing) -> bool {
    listing.search.is_some() && listing.names_rows()
}

/// What is found in the list of a topic; nothing for callers who may not list it.
async fn find_in(
    app: &App,
    caller: &Caller,
    topic: &'static Topic,
    q: &str,
) -> Result<Vec<Found>, Problem> {
    let Ok(row_scope) = caller.row_scope(topic.read_right) else { return Ok(vec![]) };
    let listing = (topic.listing_for)(caller.actor());
    let query = listing::Query {
        q: Some(q.to_owned()),
        limit: Some(MAX_FOUND),
        ..listing::Query::default()
    };
    let page =
        listing::fetch_page::<Value>(&mut (&app.db).into(), listing, &query, &row_scope).await?;
    let found = |row: &Value| {
        let id = row["id"].as_str()?.parse().ok()?;
        Some(Found { topic: topic.name, id, name: listing.name_of(row) })
    };
    Ok(page.rows.iter().filter_map(found).collect())
}
