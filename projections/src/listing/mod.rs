//! Queries on a read model: a list with filters, search, order and pages, or one row.
//!
//! A [`Listing`] describes what can be queried; only this module adds the row scope of the caller. One
//! statement returns the rows and the position of the read model.

mod as_of;
mod counts;
mod cursor;
mod definition;
mod error;
mod field;
mod figures;
mod filter;
mod owners;
mod paging;
mod position;
mod query;
mod references;
mod row_scope;
mod rows;

use domain::identity::RowScope;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use sqlx::{PgPool, Postgres, QueryBuilder, types::Json};
use uuid::Uuid;

pub use as_of::{AsOf, find_as_of};
pub use counts::{MAX_COUNTED, count_groups, count_values};
pub use definition::{COMMON_FIELDS, Listing, OwnerColumns};
pub use error::BadQuery;
pub(crate) use field::QueryColumns;
pub use field::{Field, FieldType, TopicId};
pub use figures::{Figure, query_figures};
pub(crate) use filter::push_filters;
pub use filter::{MAX_VALUES, NO_VALUE};
pub use owners::owners_of_rows;
pub(crate) use paging::Paging;
pub(crate) use position::model_position;
pub use query::{Item, PAGE_LIMITS, Page, Query, page_limit};
pub use references::{Name, References, names_of_rows};
pub(crate) use row_scope::begin_with_row_security;
pub use rows::{Rows, all_rows, parse_rows};

/// A page of the rows in the caller's scope.
pub async fn list<T: DeserializeOwned>(
    db: &PgPool,
    listing: &Listing,
    query: &Query,
    row_scope: &RowScope,
) -> Result<Page<T>, BadQuery> {
    let paging = Paging::parse(listing, query)?;
    let mut sql = QueryBuilder::<Postgres>::new("with ");
    paging.push_select(&mut sql, "to_json(t)");
    push_visible_rows(&mut sql, listing, query, row_scope)?;
    paging.push_end(&mut sql, &[listing.schema()]);
    let page = match begin_with_row_security(db, row_scope).await? {
        None => paging.fetch(sql, db).await?,
        Some(mut db) => paging.fetch(sql, &mut *db).await?,
    };
    let Page { rows, next, position, as_of } = page.ok_or(BadQuery::NotBuilt(listing.from))?;
    let rows = rows.iter().map(|data| parse_row(listing, data)).collect::<Result<_, _>>()?;
    Ok(Page { rows, next, position, as_of })
}

/// Adds `from … t where …`: the rows that match the query and are in the caller's scope.
pub(crate) fn push_visible_rows(
    sql: &mut QueryBuilder<Postgres>,
    listing: &Listing,
    query: &Query,
    row_scope: &RowScope,
) -> Result<(), BadQuery> {
    sql.push(format_args!("from {} t where ", listing.from));
    row_scope::push_row_scope(sql, &listing.owner, row_scope);
    push_filters(sql, listing, &query.filters)?;
    push_filters(sql, listing, &query.fixed)?;
    if let Some(ids) = &query.ids {
        sql.push(" and t.id = any(").push_bind(ids.clone()).push(")");
    }
    if let Some(q) = query.q.as_deref().filter(|q| !q.trim().is_empty()) {
        let column = listing
            .search
            .ok_or_else(|| BadQuery::parameter("q", "this list cannot be searched by words"))?;
        filter::push_search(sql, column, q).map_err(|why| BadQuery::parameter("q", why))?;
    }
    Ok(())
}

/// One row, if it exists and is in the caller's scope.
pub async fn find<T: DeserializeOwned>(
    db: &PgPool,
    listing: &Listing,
    id: Uuid,
    row_scope: &RowScope,
) -> Result<Option<Item<T>>, BadQuery> {
    let mut sql = QueryBuilder::<Postgres>::new("select to_json(t), t.version, t.position from ");
    sql.push(listing.from).push(" t where ");
    row_scope::push_row_scope(&mut sql, &listing.owner, row_scope);
    sql.push(" and t.id = ").push_bind(id);
    let found: Option<(Json<Box<RawValue>>, i32, i64)> =
        match begin_with_row_security(db, row_scope).await? {
            None => sql.build_query_as().fetch_optional(db).await?,
            Some(mut db) => sql.build_query_as().fetch_optional(&mut *db).await?,
        };
    let item = found.map(|(Json(data), version, position)| {
        Ok(Item { data: parse_row(listing, &data)?, version, position })
    });
    item.transpose()
}

fn parse_row<T: DeserializeOwned>(listing: &Listing, data: &RawValue) -> Result<T, BadQuery> {
    let incompatible = |why| BadQuery::IncompatibleRows { table: listing.from, why };
    serde_json::from_str(data.get()).map_err(incompatible)
}
