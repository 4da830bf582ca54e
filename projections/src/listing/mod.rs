//! Questions to a read model: one list with filters, search, order and pages, and one item.
//!
//! A [`Listing`] says once what may be asked; what someone may see is added here and nowhere
//! else. Rows, and how far the read model had come when they were read, come from one statement.

mod cursor;
mod filter;
mod owners;
mod paging;
mod row_scope;

use chrono::{DateTime, Utc};
use domain::identity::RowScope;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use sqlx::{PgPool, Postgres, QueryBuilder, types::Json};
use thiserror::Error;
use uuid::Uuid;

pub use filter::{Field, Kind};
pub use owners::owners;
pub(crate) use paging::{Columns, Paging, filters};
pub(crate) use row_scope::row_security;

/// What may be asked of a main table.
#[derive(Debug, Clone, Copy)]
pub struct Listing {
    /// `schema.table`.
    pub from: &'static str,
    /// The columns that can be filtered by: `filter[name]=…`. Those of [`COMMON`] are added.
    pub fields: &'static [Field],
    /// A text column, in small letters, that contains whatever `q` shall find.
    pub search: Option<&'static str>,
    /// The fields that can be ordered by; the first one is the order when none is asked for.
    pub sort: &'static [&'static str],
    /// The columns that say whose a row is.
    pub own: Own,
}

/// Which columns tell to whom a row belongs.
#[derive(Debug, Clone, Copy)]
pub struct Own {
    pub user: Option<&'static str>,
    pub customer: Option<&'static str>,
    pub cabinet: Option<&'static str>,
    /// Names a user, who belongs to the cabinets of which he is a member.
    pub member: Option<&'static str>,
}

impl Own {
    pub const NOBODY: Self = Self { user: None, customer: None, cabinet: None, member: None };
}

/// The fields that every main table has.
pub const COMMON: &[Field] = &[
    Field::uuid("id"),
    Field::time("created_at"),
    Field::time("updated_at"),
    Field::int("version"),
    Field::int("position"),
];

/// How many rows a page has when nothing is said, and at most.
pub const LIMIT: (u32, u32) = (50, 200);

/// How many rows a page has that is asked for with this limit.
pub fn limit(requested: Option<u32>) -> Result<u32, BadQuery> {
    match requested.unwrap_or(LIMIT.0) {
        limit if (1..=LIMIT.1).contains(&limit) => Ok(limit),
        _ => Err(BadQuery::parameter("limit", format!("must be between 1 and {}", LIMIT.1))),
    }
}

/// What a caller asks for, as it stands in the URL.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// `filter[field]=value`; several fields must all match. A value is compared exactly; of
    /// numbers and times `from..until` is a half-open range, one side of which may be missing.
    pub filters: Vec<(String, String)>,
    /// Words, all of which must occur.
    pub q: Option<String>,
    /// A field; with `-` before it the other way round.
    pub sort: Option<String>,
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// None but these; no URL says so.
    pub ids: Option<Vec<Uuid>>,
}

/// One page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    pub rows: Vec<T>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
    /// The read model contained everything up to this position…
    pub position: i64,
    /// …at this moment.
    pub as_of: DateTime<Utc>,
}

/// One thing.
#[derive(Debug, Clone)]
pub struct Item<T> {
    pub data: T,
    /// Of the aggregate, for `If-Match`.
    pub version: i32,
    /// Of the aggregate's last event.
    pub position: i64,
}

/// Why a question has no answer.
#[derive(Debug, Error)]
pub enum BadQuery {
    /// The caller asked for something that cannot be.
    #[error("{parameter}: {message}")]
    Parameter {
        /// As it stands in the URL: `filter[status]`.
        parameter: String,
        message: String,
    },
    #[error("a row of {table} does not fit: {why}")]
    Unfit { table: &'static str, why: serde_json::Error },
    #[error("the read model {0} was never built")]
    Unbuilt(&'static str),
    #[error("too many ask for reports; try again")]
    Busy,
    #[error("this report takes too long; ask for a shorter period")]
    TooLong,
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl BadQuery {
    pub(crate) fn parameter(parameter: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Parameter { parameter: parameter.into(), message: message.into() }
    }
}

impl Listing {
    /// The schema: `crm_customer`.
    pub fn schema(&self) -> &'static str {
        self.from.split('.').next().unwrap_or(self.from)
    }
}

impl Columns for Listing {
    fn field(&self, name: &str) -> Option<Field> {
        self.fields.iter().chain(COMMON).find(|field| field.name == name).copied()
    }

    fn names(&self) -> Vec<&'static str> {
        self.fields.iter().map(|field| field.name).collect()
    }

    fn sortable(&self) -> &'static [&'static str] {
        self.sort
    }
}

#[derive(sqlx::FromRow)]
struct Counted {
    position: i64,
    updated_at: DateTime<Utc>,
    /// Nothing, where there are no rows.
    data: Option<Json<Box<RawValue>>>,
}

/// The rows of a page that someone may see.
pub async fn list<T: DeserializeOwned>(
    db: &PgPool,
    listing: &Listing,
    query: &Query,
    row_scope: &RowScope,
) -> Result<Page<T>, BadQuery> {
    let paging = Paging::parse(listing, query)?;
    let mut sql = QueryBuilder::<Postgres>::new("with ");
    paging.select(&mut sql, "to_json(t)");
    chosen(&mut sql, listing, query, row_scope)?;
    paging.end(&mut sql, &[listing.schema()]);
    let page = match row_security(db, row_scope).await? {
        None => paging.fetch(sql, db).await?,
        Some(mut db) => paging.fetch(sql, &mut *db).await?,
    };
    let Page { rows, next, position, as_of } = page.ok_or(BadQuery::Unbuilt(listing.from))?;
    let rows = rows.iter().map(|data| read(listing, data)).collect::<Result<_, _>>()?;
    Ok(Page { rows, next, position, as_of })
}

/// The rows that are asked for, of those that someone may see: `from … t where …`.
pub(crate) fn chosen(
    sql: &mut QueryBuilder<Postgres>,
    listing: &Listing,
    query: &Query,
    row_scope: &RowScope,
) -> Result<(), BadQuery> {
    sql.push(format_args!("from {} t where ", listing.from));
    row_scope::predicate(sql, &listing.own, row_scope);
    filters(sql, listing, &query.filters)?;
    if let Some(ids) = &query.ids {
        sql.push(" and t.id = any(").push_bind(ids.clone()).push(")");
    }
    if let Some(q) = query.q.as_deref().filter(|q| !q.trim().is_empty()) {
        let column = listing
            .search
            .ok_or_else(|| BadQuery::parameter("q", "this list cannot be searched by words"))?;
        filter::search(sql, column, q).map_err(|why| BadQuery::parameter("q", why))?;
    }
    Ok(())
}

/// How many rows that someone may see have which values in some columns.
pub async fn counts<T: DeserializeOwned>(
    db: &PgPool,
    listing: &Listing,
    query: &Query,
    row_scope: &RowScope,
    columns: &[&str],
) -> Result<Page<T>, BadQuery> {
    let columns = columns.iter().map(|column| format!("t.{column}")).collect::<Vec<_>>().join(", ");
    let mut sql = QueryBuilder::<Postgres>::new("with counted as (select ");
    sql.push(format_args!("{columns}, count(*) as count "));
    chosen(&mut sql, listing, query, row_scope)?;
    sql.push(format_args!(
        " group by {columns}) select c.position, c.updated_at, to_json(counted) as data
         from projections.checkpoints c left join counted on true where c.schema = ",
    ));
    sql.push_bind(listing.schema());
    let rows: Vec<Counted> = match row_security(db, row_scope).await? {
        None => sql.build_query_as().fetch_all(db).await?,
        Some(mut db) => sql.build_query_as().fetch_all(&mut *db).await?,
    };
    let first = rows.first().ok_or(BadQuery::Unbuilt(listing.from))?;
    let (position, as_of) = (first.position, first.updated_at);
    let rows = rows.into_iter().filter_map(|row| row.data);
    let rows = rows.map(|Json(row)| read(listing, &row)).collect::<Result<_, _>>()?;
    Ok(Page { rows, next: None, position, as_of })
}

/// One thing, if it is there and someone may see it.
pub async fn find<T: DeserializeOwned>(
    db: &PgPool,
    listing: &Listing,
    id: Uuid,
    row_scope: &RowScope,
) -> Result<Option<Item<T>>, BadQuery> {
    let mut sql = QueryBuilder::<Postgres>::new("select to_json(t), t.version, t.position from ");
    sql.push(listing.from).push(" t where ");
    row_scope::predicate(&mut sql, &listing.own, row_scope);
    sql.push(" and t.id = ").push_bind(id);
    let found: Option<(Json<Box<RawValue>>, i32, i64)> = match row_security(db, row_scope).await? {
        None => sql.build_query_as().fetch_optional(db).await?,
        Some(mut db) => sql.build_query_as().fetch_optional(&mut *db).await?,
    };
    let item = found.map(|(Json(data), version, position)| {
        Ok(Item { data: read(listing, &data)?, version, position })
    });
    item.transpose()
}

fn read<T: DeserializeOwned>(listing: &Listing, data: &RawValue) -> Result<T, BadQuery> {
    let unfit = |why| BadQuery::Unfit { table: listing.from, why };
    serde_json::from_str(data.get()).map_err(unfit)
}
