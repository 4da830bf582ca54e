//! Counts rows of several lists in one statement, and returns the first of each.

use domain::identity::RowScope;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use sqlx::{PgPool, Postgres, QueryBuilder, types::Json};

use super::{
    counts::MAX_COUNTED,
    cursor::SortOrder,
    definition::Listing,
    error::BadQuery,
    parse_row, push_visible_rows,
    query::{Query, page_limit},
    row_scope::ScopedConnection,
    source::Source,
};

/// How many rows of a list match a query, and the first of them.
#[derive(Debug, sqlx::FromRow)]
pub struct ListPreview {
    /// At most [`MAX_COUNTED`].
    pub count: i64,
    first: Json<Vec<Box<RawValue>>>,
}

impl ListPreview {
    /// The first rows, as many as the query's limit.
    pub fn first<T: DeserializeOwned>(&self, listing: &Listing) -> Result<Vec<T>, BadQuery> {
        self.first.iter().map(|row| parse_row(listing, row)).collect()
    }
}

/// The figures of some queries, in their order, of the rows in the caller's scope.
pub async fn query_previews(
    db: &PgPool,
    queries: &[(&Listing, Query)],
    row_scope: &RowScope,
) -> Result<Vec<ListPreview>, BadQuery> {
    if queries.is_empty() {
        return Ok(vec![]);
    }
    let (source, mut sql) = (Source::from(db), QueryBuilder::<Postgres>::new(""));
    for (index, (listing, query)) in queries.iter().enumerate() {
        let (order, limit) =
            (SortOrder::parse(*listing, query.sort.as_deref())?, page_limit(query.limit)?);
        let (column, direction) = (order.column(), order.direction());
        sql.push(if index == 0 { "select " } else { " union all select " });
        sql.push(format_args!("{index} as index, (select count(*) from (select "));
        push_visible_rows(&mut sql, &source, listing, query, row_scope)?;
        sql.push(format_args!(
            " limit {MAX_COUNTED}) counted) as count,
             (select coalesce(json_agg(f), '[]') from (select t.* "
        ));
        push_visible_rows(&mut sql, &source, listing, query, row_scope)?;
        sql.push(format_args!(
            " order by t.{column} {direction}, t.id {direction} limit {limit}) f) as first"
        ));
    }
    sql.push(" order by index");
    let mut db = ScopedConnection::begin(db, row_scope).await?;
    Ok(sql.build_query_as().fetch_all(&mut *db).await?)
}
