//! The two forms of every answer: one item, and a list of them.

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    Json,
    http::{
        StatusCode,
        header::{CONTENT_TYPE, ETAG},
    },
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use commands::policy::Right;
use domain::{identity::Sight, organizations::cabinet::CabinetId};
use projections::listing::{self, BadQuery, Listing};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{App, ask::Ask, caller::Caller, freshness::Freshness, problem::Problem};

/// A row of a read model as clients see it: what every row has, and what it says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Row<T> {
    pub(crate) id: Uuid,
    /// Of the item, for `If-Match`.
    pub(crate) version: i32,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    #[serde(flatten)]
    pub(crate) data: T,
}

/// `{"data": {…}, "meta": {"version", "position"}}`
pub(crate) struct Item<T> {
    pub(crate) data: T,
    pub(crate) version: i32,
    /// Of its last event.
    pub(crate) position: i64,
    pub(crate) freshness: Freshness,
}

/// `{"data": […], "page": {"next"}, "meta": {"position", "as_of"}}`
pub(crate) struct List<T> {
    pub(crate) data: Vec<T>,
    pub(crate) next: Option<String>,
    /// What the answer contains: everything up to this position…
    pub(crate) position: i64,
    /// …at this moment.
    pub(crate) as_of: DateTime<Utc>,
    pub(crate) freshness: Freshness,
}

/// How a list is described that a route written by hand answers.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes")]
pub(crate) struct Listed<T> {
    data: Vec<T>,
    page: ListPage,
    meta: ListMeta,
}

/// How a row is described: what every row has, and what it says.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes")]
pub(crate) struct Described<T> {
    id: Uuid,
    /// For `If-Match`.
    version: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    #[serde(flatten)]
    data: T,
}

/// How one row is described that a route written by hand answers.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes")]
pub(crate) struct Found<T> {
    data: Described<T>,
    meta: ItemMeta,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes")]
struct ItemMeta {
    /// For `If-Match`.
    version: i32,
    /// Of its last event.
    position: i64,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes")]
struct ListPage {
    /// The cursor of the next page, if there is one.
    next: Option<String>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes")]
struct ListMeta {
    /// The answer contains everything up to here.
    position: i64,
    as_of: DateTime<Utc>,
}

impl<T> List<T> {
    /// A page of at most so many rows, of what was kept up to a position at a moment. If it is full,
    /// there may be more after the last row, whose cursor is what `cursor` makes of it.
    pub(crate) fn page(
        mut data: Vec<T>,
        limit: u32,
        (position, as_of): (i64, DateTime<Utc>),
        cursor: impl FnOnce(&T) -> String,
    ) -> Self {
        data.truncate(limit as usize);
        let full = data.len() == limit as usize;
        let next = data.last().filter(|_| full).map(cursor);
        Self { data, next, position, as_of, freshness: Freshness::default() }
    }
}

/// Where the log ends, and now.
pub(crate) async fn head(app: &App) -> Result<(i64, DateTime<Utc>), Problem> {
    Ok((event_store::head(&app.db).await?, app.commands.now()))
}

/// Answers a list of a listing, by a right.
pub(crate) async fn list<T: DeserializeOwned>(
    app: &App,
    caller: &Caller,
    listing: &Listing,
    right: Right,
    ask: Ask,
) -> Result<List<Row<T>>, Problem> {
    list_seen(app, listing, (right, &caller.sight(right)?), ask).await
}

/// As [`list`], of what is in sight by a right.
pub(crate) async fn list_seen<T: DeserializeOwned>(
    app: &App,
    listing: &Listing,
    (right, sight): (Right, &Sight),
    mut ask: Ask,
) -> Result<List<Row<T>>, Problem> {
    if let Some(cabinet) = ask.cabinet {
        ask.query.filters.push(within(cabinet, listing, right, sight)?);
    }
    let freshness = app.read_models.fresh(&[listing], ask.min_position).await?;
    let page = listing::list(&app.db, listing, &ask.query, sight).await?;
    let listing::Page { rows: data, next, position, as_of } = page;
    Ok(List { data, next, position, as_of, freshness })
}

/// As [`list`], of certain items only.
pub(crate) async fn list_of<T: DeserializeOwned>(
    app: &App,
    listing: &Listing,
    sight: &Sight,
    ids: Vec<Uuid>,
    mut ask: Ask,
) -> Result<List<Row<T>>, Problem> {
    ask.takes(&["filter", "q", "sort", "limit", "cursor"])?;
    let freshness = app.read_models.fresh(&[listing], ask.min_position).await?;
    ask.query.ids = Some(ids);
    let page = listing::list(&app.db, listing, &ask.query, sight).await?;
    let listing::Page { rows: data, next, position, as_of } = page;
    Ok(List { data, next, position, as_of, freshness })
}

/// The filter for what belongs to a cabinet. Whether one may ask does not depend on what there is,
/// so a cabinet out of reach is refused, and not answered with nothing.
pub(crate) fn within(
    cabinet: CabinetId,
    listing: &Listing,
    right: Right,
    sight: &Sight,
) -> Result<(String, String), Problem> {
    let Some(column) = listing.own.cabinet else {
        return Err(Problem::invalid("cabinet_id", "there is no such parameter"));
    };
    let reached = match sight {
        Sight::All => true,
        Sight::Cabinets { cabinets, .. } => cabinets.contains(&cabinet),
        Sight::Own(_) | Sight::Nothing => false,
    };
    if reached {
        return Ok((column.to_owned(), cabinet.to_string()));
    }
    let detail = "your reach does not cover that cabinet";
    let problem = Problem::new(StatusCode::FORBIDDEN, "cabinet_out_of_reach", detail);
    Err(problem.with("right", right.to_string()))
}

/// Answers one item of a listing, by a right; what the caller may not see is not there.
pub(crate) async fn item<T: DeserializeOwned + Serialize>(
    app: &App,
    caller: &Caller,
    listing: &Listing,
    right: Right,
    id: Uuid,
    ask: &Ask,
) -> Result<Response, Problem> {
    ask.is_plain()?;
    let sight = caller.sight(right)?;
    let freshness = app.read_models.fresh(&[listing], ask.min_position).await?;
    let found = found::<T>(app, listing, id, &sight).await;
    let listing::Item { data, version, position } = found.map_err(|why| freshness.excuse(why))?;
    let item = Item { data, version, position, freshness };
    item.unless_known(ask)
}

/// A row of a listing; what is not in sight is not there.
pub(crate) async fn found<T: DeserializeOwned>(
    app: &App,
    listing: &Listing,
    id: Uuid,
    sight: &Sight,
) -> Result<listing::Item<Row<T>>, Problem> {
    listing::find(&app.db, listing, id, sight).await?.ok_or_else(Problem::not_found)
}

impl Ask {
    /// An item takes none of the parameters of a list.
    pub(crate) fn is_plain(&self) -> Result<(), Problem> {
        self.takes(&[])
    }

    /// Whatever else is asked for is refused, as it would be passed over.
    pub(crate) fn takes(&self, known: &[&str]) -> Result<(), Problem> {
        let listing::Query { filters, q, sort, limit, cursor, ids: _ } = &self.query;
        let filter = filters.first().map(|(field, _)| format!("filter[{field}]"));
        let given = [
            ("filter", filter),
            ("q", q.as_ref().map(|_| "q".to_owned())),
            ("sort", sort.as_ref().map(|_| "sort".to_owned())),
            ("limit", limit.map(|_| "limit".to_owned())),
            ("cabinet_id", self.cabinet.map(|_| "cabinet_id".to_owned())),
            ("cursor", cursor.as_ref().map(|_| "cursor".to_owned())),
        ];
        let mut others = given.into_iter().filter(|(kind, _)| !known.contains(kind));
        match others.find_map(|(_, name)| name) {
            Some(name) => Err(Problem::invalid(name, "there is no such parameter")),
            None => Ok(()),
        }
    }
}

impl<T: Serialize> Item<T> {
    /// 304 for a client that has exactly this already. What a row says may change while its aggregate
    /// does not, as time goes by or with the names of others; so the tag tells of both.
    pub(crate) fn unless_known(self, ask: &Ask) -> Result<Response, Problem> {
        #[derive(Serialize)]
        struct Body<T> {
            data: T,
            meta: Meta,
        }
        #[derive(Serialize)]
        struct Meta {
            version: i32,
            position: i64,
        }
        let Self { data, version, position, freshness } = self;
        let body = Body { data, meta: Meta { version, position } };
        let body = serde_json::to_vec(&body).map_err(anyhow::Error::from)?;
        let hash = URL_SAFE_NO_PAD.encode(&digest(&SHA256, &body).as_ref()[..9]);
        let tag = format!("\"{version}-{hash}\"");
        let known = |tags: &String| tags.split(',').any(|known| known.trim() == tag);
        let mut response = if ask.none_match.as_ref().is_some_and(known) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            ([(CONTENT_TYPE, "application/json")], body).into_response()
        };
        response.headers_mut().extend(tag.parse().ok().map(|tag| (ETAG, tag)));
        freshness.tell(&mut response);
        Ok(response)
    }
}

impl<T: Serialize> IntoResponse for List<T> {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body<T> {
            data: Vec<T>,
            page: Page,
            meta: Meta,
        }
        #[derive(Serialize)]
        struct Page {
            next: Option<String>,
        }
        #[derive(Serialize)]
        struct Meta {
            position: i64,
            as_of: DateTime<Utc>,
        }
        let position = self.freshness.position(self.position);
        let (page, meta) = (Page { next: self.next }, Meta { position, as_of: self.as_of });
        let mut response = Json(Body { data: self.data, page, meta }).into_response();
        self.freshness.tell(&mut response);
        response
    }
}

impl From<BadQuery> for Problem {
    fn from(why: BadQuery) -> Self {
        match why {
            BadQuery::Parameter { parameter, message } => Self::invalid(parameter, message),
            BadQuery::Unbuilt(_) => {
                Self::unavailable("unbuilt", "this list is being built just now")
            }
            BadQuery::Busy => Self::unavailable("overloaded", why),
            BadQuery::TooLong => Self::unavailable("too_long", why),
            BadQuery::Database(error) => error.into(),
            why @ BadQuery::Unfit { .. } => Self::broken(&why.into()),
        }
    }
}

/// The schema of a row, from the schema of what it says.
pub(crate) fn describe_row(data: &Value) -> Value {
    let time = json!({ "type": "string", "format": "date-time" });
    let common = json!({
        "type": "object",
        "required": ["id", "version", "created_at", "updated_at"],
        "properties": {
            "id": { "type": "string", "format": "uuid" },
            "version": { "type": "integer", "description": "For `If-Match`." },
            "created_at": time, "updated_at": time,
        },
    });
    json!({ "allOf": [common, data] })
}

/// The schema of one item.
pub(crate) fn describe_item(data: &Value) -> Value {
    json!({
        "type": "object",
        "required": ["data", "meta"],
        "properties": {
            "data": data,
            "meta": {
                "type": "object",
                "required": ["version", "position"],
                "properties": {
                    "version": { "type": "integer", "description": "For `If-Match`." },
                    "position": { "type": "integer", "description": "Of its last event." },
                },
            },
        },
    })
}

/// The schema of a list.
pub(crate) fn describe_list(data: &Value) -> Value {
    json!({
        "type": "object",
        "required": ["data", "page", "meta"],
        "properties": {
            "data": { "type": "array", "items": data },
            "page": {
                "type": "object",
                "required": ["next"],
                "properties": { "next": {
                    "type": ["string", "null"],
                    "description": "The cursor of the next page, if there is one.",
                } },
            },
            "meta": {
                "type": "object",
                "required": ["position", "as_of"],
                "properties": {
                    "position": {
                        "type": "integer",
                        "description": "The answer contains everything up to here.",
                    },
                    "as_of": { "type": "string", "format": "date-time" },
                },
            },
        },
    })
}
