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
mod filter;
mod limited;
mod owners;
mod paging;
mod past;
mod position;
mod preview;
mod query;
mod references;
mod row_scope;
mod rows;
mod source;

use domain::identity::RowScope;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use sqlx::{Postgres, QueryBuilder, types::Json};
use uuid::Uuid;

pub use as_of::{AsOf, Moment};
pub use counts::{MAX_COUNTED, count_groups, count_values};
pub use definition::{COMMON_FIELDS, Listing, OwnerColumns};
pub use error::BadQuery;
pub(crate) use field::QueryColumns;
pub use field::{Field, FieldType, TopicId};
pub(crate) use filter::push_filters;
pub use filter::{MAX_VALUES, NO_VALUE};
pub use owners::owners_of_rows;
pub(crate) use paging::Paging;
pub use past::Past;
pub(crate) use position::model_position;
pub use preview::{ListPreview, query_previews};
pub use query::{DEFAULT_AND_MAX_PAGE_LIMIT, Page, Query, VersionedRow, page_limit};
pub use references::{Name, References, names_of_rows};
pub use rows::{RowStream, all_rows, parse_rows};
pub use source::Source;

/// A page of the rows in the caller's scope.
pub async fn fetch_page<T: DeserializeOwned>(
    source: &mut Source,
    listing: &Listing,
    query: &Query,
    row_scope: &RowScope,
) -> Result<Page<T>, BadQuery> {
    let page = fetch_json_page(source, listing, query, row_scope).await?;
    let Page { rows, next, position, as_of } = page;
    Ok(Page { rows: parse_rows(listing, &rows)?, next, position, as_of })
}

/// As [`fetch_page`], before its rows are read.
async fn fetch_json_page(
    source: &mut Source,
    listing: &Listing,
    query: &Query,
    row_scope: &RowScope,
) -> Result<Page<Box<RawValue>>, BadQuery> {
    let paging = Paging::parse(listing, query)?;
    let sql = rows_statement(source, listing, query, row_scope, &paging)?;
    let page = paging.fetch(sql, &mut *source.connect(row_scope).await?).await?;
    let Page { rows, next, position, as_of } = page.ok_or(BadQuery::NotBuilt(listing.from))?;
    let (position, as_of) = Moment::position_and_time_of_answer(source.moment(), position, as_of);
    Ok(Page { rows, next, position, as_of })
}

/// The statement for the rows of a query that `paging` selects.
fn rows_statement(
    source: &Source,
    listing: &Listing,
    query: &Query,
    row_scope: &RowScope,
    paging: &Paging,
) -> Result<QueryBuilder<Postgres>, BadQuery> {
    let mut sql = source.begin_statement();
    paging.push_select(&mut sql, "to_json(t)");
    push_visible_rows(&mut sql, source, listing, query, row_scope)?;
    paging.push_end(&mut sql, &[listing.schema()]);
    Ok(sql)
}

/// Adds `from … t where …`: the rows that match the query and are in the caller's scope.
pub(crate) fn push_visible_rows(
    sql: &mut QueryBuilder<Postgres>,
    source: &Source,
    listing: &Listing,
    query: &Query,
    row_scope: &RowScope,
) -> Result<(), BadQuery> {
    push_rows_in_scope(sql, source, listing, row_scope);
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

/// Adds `from … t where …`: the rows in the caller's scope. Of the past they see what is in their scope now,
/// and was so then (PLT-10).
fn push_rows_in_scope(
    sql: &mut QueryBuilder<Postgres>,
    source: &Source,
    listing: &Listing,
    row_scope: &RowScope,
) {
    sql.push(format_args!("from {} t where ", source.redirect_tables(listing.from)));
    row_scope::push_row_scope(sql, &listing.owner, row_scope);
    if source.moment().is_some() && *row_scope != RowScope::All {
        sql.push(format_args!(" and t.id in (select t.id from {} t where ", listing.from));
        row_scope::push_row_scope(sql, &listing.owner, row_scope);
        sql.push(")");
    }
}

/// One row, if it exists and is in the caller's scope.
pub async fn find<T: DeserializeOwned>(
    source: &mut Source,
    listing: &Listing,
    id: Uuid,
    row_scope: &RowScope,
) -> Result<Option<VersionedRow<T>>, BadQuery> {
    let mut sql = source.begin_statement();
    sql.push("found as (select to_json(t) as data, t.version, t.position ");
    push_rows_in_scope(&mut sql, source, listing, row_scope);
    sql.push(" and t.id = ").push_bind(id).push(") select data, version, position from found");
    let mut db = source.connect(row_scope).await?;
    let found: Option<(Json<Box<RawValue>>, i32, i64)> =
        sql.build_query_as().fetch_optional(&mut *db).await?;
    let item = found.map(|(Json(data), version, position)| {
        Ok(VersionedRow { data: parse_row(listing, &data)?, version, position })
    });
    item.transpose()
}

fn parse_row<T: DeserializeOwned>(listing: &Listing, data: &RawValue) -> Result<T, BadQuery> {
    let incompatible = |why| BadQuery::IncompatibleRows { table: listing.from, why };
    serde_json::from_str(data.get()).map_err(incompatible)
}
