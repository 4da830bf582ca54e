//! Responses of read models: one item, or a page of a list.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    Json,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use projections::listing::{self, Listing, Name};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    App,
    caller::Caller,
    entity_tag,
    freshness::Freshness,
    names::{self, Names, resolve_names},
    obstacle::ActObstacles,
    problem::Problem,
    read_query::ReadQuery,
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
    #[schema(inline)]
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
    acts: Option<ActObstacles>,
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

impl<T> Item<T> {
    /// An item that was found in a listing.
    pub(crate) fn from_row(found: listing::VersionedRow<T>, freshness: Freshness) -> Self {
        let listing::VersionedRow { data, version, position } = found;
        let meta = ItemMeta { version, position, acts: None, as_of: None };
        Self { data, meta, names: None, freshness }
    }

    pub(crate) fn data(&self) -> &T {
        &self.data
    }

    pub(crate) fn version(&self) -> i32 {
        self.meta.version
    }

    /// Says of which earlier moment it is.
    pub(super) fn with_moment(mut self, at: DateTime<Utc>) -> Self {
        self.meta.as_of = Some(ItemMoment { position: self.meta.position, at });
        self
    }

    /// Says what the caller may do with it.
    pub(crate) fn with_acts(mut self, acts: ActObstacles) -> Self {
        self.meta.acts = Some(acts);
        self
    }
}

impl<T: Serialize> Item<T> {
    /// With the names of what is in it, if they are asked for.
    pub(super) async fn with_requested_names(
        mut self,
        app: &App,
        caller: &Caller,
        listing: &Listing,
        query: &ReadQuery,
    ) -> Result<Self, Problem> {
        if query.include.is_some() {
            let references = names::collect_references(&listing.fields.iter(), [&self.data])?;
            self.names = Some(resolve_names(app, caller, references).await?);
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
        let answer = ([(CONTENT_TYPE, "application/json")], body);
        let mut response = entity_tag::tagged(&tag, query.none_match.as_ref(), answer);
        self.freshness.set_headers(&mut response);
        Ok(response)
    }
}

impl<T> List<T> {
    /// A page of at most `limit` rows, complete up to a position. There is a next one if there are more
    /// rows than that; its cursor `cursor` makes of the last row.
    pub(crate) fn from_rows(
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

    /// The list with how many rows have which value of a field.
    pub(super) fn with_counts(mut self, counts: BTreeMap<String, i64>) -> Self {
        self.meta.counts = Some(counts);
        self
    }

    /// The list with the names of what is in it.
    pub(crate) fn with_names(self, names: Option<Names>) -> Self {
        Self { names, ..self }
    }

    /// A page of a listing.
    pub(crate) fn from_page(page: listing::Page<T>, freshness: Freshness) -> Self {
        let listing::Page { rows: data, next, position, as_of } = page;
        let meta = ListMeta { position: freshness.complete_up_to(position), as_of, counts: None };
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
