//! Counts of the rows of a list.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::identity::RowScope;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use sqlx::{PgPool, Postgres, QueryBuilder, types::Json};

use super::{
    definition::Listing,
    error::BadQuery,
    field::FieldType,
    parse_row,
    position::push_model_position,
    push_visible_rows,
    query::{Page, Query},
    row_scope::ScopedConnection,
    source::Source,
};

/// The most rows of which values are counted.
pub const MAX_COUNTED: i64 = 100_000;

#[derive(sqlx::FromRow)]
struct CountRow {
    position: i64,
    updated_at: DateTime<Utc>,
    /// `None` where there are no rows.
    data: Option<Json<Box<RawValue>>>,
}

/// Counts the rows in the caller's scope, grouped by some columns.
pub async fn count_groups<T: DeserializeOwned>(
    db: &PgPool,
    listing: &Listing,
    query: &Query,
    row_scope: &RowScope,
    columns: &[&str],
) -> Result<Page<T>, BadQuery> {
    let columns = columns.iter().map(|column| format!("t.{column}")).collect::<Vec<_>>().join(", ");
    let mut sql = QueryBuilder::<Postgres>::new("with counted as (select ");
    sql.push(format_args!("{columns}, count(*) as count "));
    push_visible_rows(&mut sql, &db.into(), listing, query, row_scope)?;
    sql.push(format_args!(
        " group by {columns}) select c.position, c.updated_at, to_json(counted) as data from "
    ));
    push_model_position(&mut sql, &[listing.schema()]);
    sql.push(" c left join counted on true");
    let mut db = ScopedConnection::begin(db, row_scope).await?;
    let rows: Vec<CountRow> = sql.build_query_as().fetch_all(&mut *db).await?;
    let first = rows.first().ok_or(BadQuery::NotBuilt(listing.from))?;
    let (position, as_of) = (first.position, first.updated_at);
    let rows = rows.into_iter().filter_map(|row| row.data);
    let rows = rows.map(|Json(row)| parse_row(listing, &row)).collect::<Result<_, _>>()?;
    Ok(Page { rows, next: None, position, as_of })
}

/// How many of the rows in the caller's scope have each value of a field, whatever the query says of that
/// field. At most [`MAX_COUNTED`] rows are counted, so that no list costs much more for it.
pub async fn count_values(
    source: &mut Source,
    listing: &Listing,
    query: &Query,
    field: &str,
    row_scope: &RowScope,
) -> Result<BTreeMap<String, i64>, BadQuery> {
    if !listing.countable_fields().any(|name| name == field) {
        let names: Vec<_> = listing.countable_fields().collect();
        return Err(BadQuery::parameter("count", format!("can be {}", names.join(", "))));
    }
    let mut others = query.clone();
    others.filters.retain(|(name, _)| name != field);
    let mut sql = source.begin_statement();
    sql.push(format_args!("counted as (select t.{field}::text as value "));
    push_visible_rows(&mut sql, source, listing, &others, row_scope)?;
    sql.push(format_args!(
        " limit {MAX_COUNTED})
         select value, count(*) from counted where value is not null group by value"
    ));
    let mut db = source.connect(row_scope).await?;
    let counts: Vec<(String, i64)> = sql.build_query_as().fetch_all(&mut *db).await?;
    Ok(counts.into_iter().collect())
}

impl Listing {
    /// The fields whose values can be counted: those that have few.
    pub fn countable_fields(&self) -> impl Iterator<Item = &'static str> {
        let is_countable =
            |kind: &FieldType| matches!(kind, FieldType::Enum { .. } | FieldType::Bool);
        self.fields.iter().filter(move |field| is_countable(&field.kind)).map(|field| field.name)
    }
}
