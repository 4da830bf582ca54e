//! Responses of read models: one item, or a page of a list.

use std::collections::BTreeMap;

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
use domain::{Id, identity::RowScope, organizations::cabinet::CabinetId};
use projections::listing::{self, AsOf, BadQuery, Listing, Name};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    App,
    caller::Caller,
    freshness::Freshness,
    names::{self, Names, names},
    obstacle::Allowed,
    problem::Problem,
    read_query::ReadQuery,
    visible::Visible,
};

/// A row of a read model as clients see it: what every row has, and what it says.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct Row<T> {
    pub(crate) id: Uuid,
    /// For `If-Match`.
    pub(crate) version: i32,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    #[serde(flatten)]
    pub(crate) data: T,
}

/// One item.
#[derive(Serialize, ToSchema)]
pub(crate) struct Item<T> {
    data: T,
    meta: ItemMeta,
    /// What is called how whose id is in it, if that was asked for and may be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = BTreeMap<String, Name>, required = false)]
    names: Option<Names>,
    #[serde(skip)]
    #[schema(ignore)]
    freshness: Freshness,
}

#[derive(Serialize, ToSchema)]
struct ItemMeta {
    /// For `If-Match`.
    version: i32,
    /// Of its last event.
    position: i64,
    /// What you may do with it, by the last part of the operation's name; null is what its state allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    acts: Option<Allowed>,
    /// The earlier moment of which this is, if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    as_of: Option<ItemMoment>,
}

/// A moment in the history of an item.
#[derive(Debug, Serialize, ToSchema)]
struct ItemMoment {
    /// Of the last event up to then.
    position: i64,
    at: DateTime<Utc>,
}

/// A list of items.
#[derive(Serialize, ToSchema)]
pub(crate) struct List<T> {
    pub(crate) data: Vec<T>,
    pub(crate) page: ListPage,
    meta: ListMeta,
    /// What is called how whose id is in it, if that was asked for and may be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = BTreeMap<String, Name>, required = false)]
    pub(crate) names: Option<Names>,
    #[serde(skip)]
    #[schema(ignore)]
    freshness: Freshness,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct ListPage {
    /// The cursor of the next page, if there is one.
    #[schema(required = true)]
    pub(crate) next: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct ListMeta {
    /// The answer contains everything up to here.
    position: i64,
    as_of: DateTime<Utc>,
    /// How many of all there are have which value of the field in `count`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    counts: Option<BTreeMap<String, i64>>,
}

/// The position of the end of the log, and the present time.
pub(crate) async fn head(app: &App) -> Result<(i64, DateTime<Utc>), Problem> {
    Ok((event_store::head(&app.db).await?, app.commands.now()))
}

/// A page of a listing: the rows that the caller may see by a right.
pub(crate) async fn list<T: DeserializeOwned + Serialize>(
    app: &App,
    caller: &Caller,
    listing: &Listing,
    right: Right,
    query: ReadQuery,
) -> Result<List<T>, Problem> {
    list_in_scope(app, caller, listing, (right, &caller.row_scope(right)?), query).await
}

/// As [`list`], for a given row scope.
pub(crate) async fn list_in_scope<T: DeserializeOwned + Serialize>(
    app: &App,
    caller: &Caller,
    listing: &Listing,
    (right, row_scope): (Right, &RowScope),
    mut query: ReadQuery,
) -> Result<List<T>, Problem> {
    if let Some(cabinet) = query.cabinet {
        query.list.fixed.push(cabinet_filter(cabinet, listing, right, row_scope)?);
    }
    let freshness = wait_for(app, &[listing], &query).await?;
    read_page(app, caller, listing, (row_scope, freshness), &query).await
}

/// As [`list`], of these ids only, which were found in read models of this freshness.
pub(crate) async fn list_by_ids<T: DeserializeOwned + Serialize>(
    app: &App,
    caller: &Caller,
    listing: &Listing,
    row_scope: &RowScope,
    (ids, freshness): (Vec<Uuid>, Freshness),
    mut query: ReadQuery,
) -> Result<List<T>, Problem> {
    query.allow_only(&["filter", "q", "sort", "limit", "cursor", "count", "include"])?;
    query.list.ids = Some(ids);
    read_page(app, caller, listing, (row_scope, freshness), &query).await
}

/// As [`list`], of the rows whose `column` is the id of an item in the listing `parent`. 404 if the
/// caller may not see that item.
pub(crate) async fn list_children<T: DeserializeOwned + Serialize>(
    app: &App,
    caller: &Caller,
    (parent, id): (&Listing, Uuid),
    (listing, column): (&Listing, &str),
    right: Right,
    mut query: ReadQuery,
) -> Result<List<T>, Problem> {
    let row_scope = caller.row_scope(right)?;
    if let Some(cabinet) = query.cabinet {
        query.list.fixed.push(cabinet_filter(cabinet, listing, right, &row_scope)?);
    }
    let freshness = wait_for(app, &[parent, listing], &query).await?;
    find::<Value>(app, parent, id, &row_scope, freshness).await?;
    query.list.fixed.push((column.to_owned(), id.to_string()));
    read_page(app, caller, listing, (&row_scope, freshness), &query).await
}

/// Waits for the read models of these listings, and for those of the names in them if they are asked for.
async fn wait_for(
    app: &App,
    listings: &[&Listing],
    query: &ReadQuery,
) -> Result<Freshness, Problem> {
    let mut all = listings.to_vec();
    for listing in listings.iter().filter(|_| query.include.is_some()) {
        names::sources(listing).for_each(|source| all.push(source));
    }
    app.read_models.wait_for(&all, query.min_position).await
}

/// A page, with what was asked for beside its rows.
async fn read_page<T: DeserializeOwned + Serialize>(
    app: &App,
    caller: &Caller,
    listing: &Listing,
    (row_scope, freshness): (&RowScope, Freshness),
    query: &ReadQuery,
) -> Result<List<T>, Problem> {
    let page = listing::list(&app.db, listing, &query.list, row_scope).await?;
    let mut list = List::from_page(page, freshness);
    if let Some(field) = &query.count {
        let counts = listing::value_counts(&app.db, listing, &query.list, field, row_scope);
        list.meta.counts = Some(counts.await?);
    }
    if query.include.is_some() {
        let references = names::references(&listing.fields.iter(), &list.data)?;
        list.names = Some(names(app, caller, references).await?);
    }
    Ok(list)
}

/// The filter for the rows of a cabinet. A cabinet out of reach is refused with 403, not answered
/// with an empty list, so the answer does not depend on the rows that exist.
pub(crate) fn cabinet_filter(
    cabinet: CabinetId,
    listing: &Listing,
    right: Right,
    row_scope: &RowScope,
) -> Result<(String, String), Problem> {
    let Some(column) = listing.own.cabinet else {
        return Err(Problem::invalid("cabinet_id", "there is no such parameter"));
    };
    let in_reach = match row_scope {
        RowScope::All => true,
        RowScope::Cabinets { cabinets, .. } => cabinets.contains(&cabinet),
        RowScope::Own(_) | RowScope::Nothing => false,
    };
    if in_reach {
        return Ok((column.to_owned(), cabinet.to_string()));
    }
    let detail = "your reach does not cover that cabinet";
    let problem = Problem::new(StatusCode::FORBIDDEN, "cabinet_out_of_reach", detail);
    Err(problem.with("right", right.to_string()))
}

/// One item of a listing; 404 for rows outside the caller's scope.
pub(crate) async fn item<T: DeserializeOwned + Serialize>(
    app: &App,
    caller: &Caller,
    listing: &Listing,
    right: Right,
    id: Uuid,
    query: &ReadQuery,
) -> Result<Item<Row<T>>, Problem> {
    query.refuse_list_params()?;
    let row_scope = caller.row_scope(right)?;
    let freshness = wait_for(app, &[listing], query).await?;
    let found = find::<T>(app, listing, id, &row_scope, freshness).await?;
    Item::from_row(found, freshness).named(app, caller, listing, query).await
}

/// One `H` as it was at an earlier moment, for callers who may see both the item and histories now.
pub(crate) async fn item_as_of<H: Visible, T: DeserializeOwned + Serialize>(
    app: &App,
    caller: &Caller,
    id: Id<H>,
    as_of: AsOf,
    query: &ReadQuery,
) -> Result<Item<Row<T>>, Problem> {
    query.refuse_list_params()?;
    let (row_scope, listing) = (caller.history_row_scope(H::READ_RIGHT)?, H::listing(caller));
    let freshness = wait_for(app, &[listing], query).await?;
    find::<Value>(app, listing, id.uuid(), &row_scope, freshness).await?;
    let (ring, aggregate) = (app.commands.lookup().keys(), (H::NAME, id.uuid()));
    let found = listing::find_as_of(&app.db, ring, listing, aggregate, as_of, &row_scope).await?;
    let (found, at) = found.ok_or_else(Problem::not_found)?;
    let mut item = Item::from_row(found, freshness);
    item.meta.as_of = Some(ItemMoment { position: item.meta.position, at });
    item.named(app, caller, listing, query).await
}

/// A row of a listing whose read model is as fresh as this; rows outside the scope are treated as absent.
/// What is absent from a read model that is behind the wanted position may only be not there yet.
pub(crate) async fn find<T: DeserializeOwned>(
    app: &App,
    listing: &Listing,
    id: Uuid,
    row_scope: &RowScope,
    freshness: Freshness,
) -> Result<listing::Item<Row<T>>, Problem> {
    let found = listing::find(&app.db, listing, id, row_scope).await?;
    found.ok_or_else(|| freshness.behind_or(Problem::not_found()))
}

impl<T> Item<T> {
    /// An item that was found in a listing.
    pub(crate) fn from_row(found: listing::Item<T>, freshness: Freshness) -> Self {
        let listing::Item { data, version, position } = found;
        let meta = ItemMeta { version, position, acts: None, as_of: None };
        Self { data, meta, names: None, freshness }
    }

    pub(crate) fn version(&self) -> i32 {
        self.meta.version
    }

    /// Says what the caller may do with it.
    pub(crate) fn with_acts(mut self, acts: Allowed) -> Self {
        self.meta.acts = Some(acts);
        self
    }
}

impl<T: Serialize> Item<T> {
    /// With the names of what is in it, if they are asked for.
    async fn named(
        mut self,
        app: &App,
        caller: &Caller,
        listing: &Listing,
        query: &ReadQuery,
    ) -> Result<Self, Problem> {
        if query.include.is_some() {
            let references = names::references(&listing.fields.iter(), [&self.data])?;
            self.names = Some(names(app, caller, references).await?);
        }
        Ok(self)
    }

    /// 304 for a client whose `If-None-Match` has the present `ETag`. The `ETag` is made of version and
    /// content, as a row may change while its aggregate does not: with time, or with the names of
    /// others.
    pub(crate) fn conditional_response(self, query: &ReadQuery) -> Result<Response, Problem> {
        let body = serde_json::to_vec(&self).map_err(anyhow::Error::from)?;
        let hash = URL_SAFE_NO_PAD.encode(&digest(&SHA256, &body).as_ref()[..9]);
        let tag = format!("\"{}-{hash}\"", self.meta.version);
        let has_tag = |tags: &String| tags.split(',').any(|other| other.trim() == tag);
        let mut response = if query.none_match.as_ref().is_some_and(has_tag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            ([(CONTENT_TYPE, "application/json")], body).into_response()
        };
        response.headers_mut().extend(tag.parse().ok().map(|tag| (ETAG, tag)));
        self.freshness.set_headers(&mut response);
        Ok(response)
    }
}

impl<T> List<T> {
    /// A page of at most `limit` rows, complete up to a position. There is a next one if there are more
    /// rows than that; its cursor `cursor` makes of the last row.
    pub(crate) fn truncated(
        mut rows: Vec<T>,
        limit: u32,
        (position, as_of): (i64, DateTime<Utc>),
        cursor: impl FnOnce(&T) -> String,
    ) -> Self {
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next = rows.last().filter(|_| more).map(cursor);
        Self::from_page(listing::Page { rows, next, position, as_of }, Freshness::default())
    }

    /// The list with the names of what is in it.
    pub(crate) fn with_names(self, names: Option<Names>) -> Self {
        Self { names, ..self }
    }

    /// A page of a listing.
    pub(crate) fn from_page(page: listing::Page<T>, freshness: Freshness) -> Self {
        let listing::Page { rows: data, next, position, as_of } = page;
        let meta = ListMeta { position: freshness.position(position), as_of, counts: None };
        Self { data, page: ListPage { next }, meta, names: None, freshness }
    }
}

impl<T: Serialize> IntoResponse for List<T> {
    fn into_response(self) -> Response {
        let freshness = self.freshness;
        let mut response = Json(self).into_response();
        freshness.set_headers(&mut response);
        response
    }
}

impl From<BadQuery> for Problem {
    fn from(why: BadQuery) -> Self {
        match why {
            BadQuery::Parameter { parameter, message } => Self::invalid(parameter, message),
            BadQuery::NotBuilt(_) => {
                Self::unavailable("unbuilt", "this list is being built just now")
            }
            BadQuery::Busy => Self::unavailable("overloaded", why),
            BadQuery::TooLong => Self::unavailable("too_long", why),
            BadQuery::Database(error) => error.into(),
            why @ BadQuery::IncompatibleRows { .. } => Self::broken(&why.into()),
        }
    }
}
