//! One page of rows in an order: what lists of rows and reports have in common.

use chrono::{DateTime, Utc};
use serde_json::value::RawValue;
use sqlx::{Executor, Postgres, QueryBuilder, types::Json};
use uuid::Uuid;

use super::{
    BadQuery, Field, Page, Query,
    cursor::{Cursor, Order},
    limit,
};

/// Columns that one may filter and order by.
pub(crate) trait Columns {
    fn field(&self, name: &str) -> Option<Field>;

    /// The names of those that can be filtered by, to tell whoever asked for another one.
    fn names(&self) -> Vec<&'static str>;

    /// The names of those that can be ordered by; the first one is the order if none is asked for.
    fn sortable(&self) -> &'static [&'static str];
}

/// Which page of what is called `t` in a statement.
pub(crate) struct Paging {
    order: Order,
    cursor: Option<Cursor>,
    limit: u32,
}

#[derive(sqlx::FromRow)]
struct Row {
    position: i64,
    updated_at: DateTime<Utc>,
    /// Nothing, where the page is empty.
    data: Option<Json<Box<RawValue>>>,
    id: Option<Uuid>,
    sorted: Option<String>,
}

impl Paging {
    pub(crate) fn parse(columns: &impl Columns, query: &Query) -> Result<Self, BadQuery> {
        let order = Order::parse(columns, query.sort.as_deref())?;
        let limit = limit(query.limit)?;
        let cursor = query.cursor.as_ref().map(|text| Cursor::parse(text, &order)).transpose()?;
        Ok(Self { order, cursor, limit })
    }

    /// Begins the select of the page, of rows that say `data` and have an `id`.
    pub(crate) fn select(&self, sql: &mut QueryBuilder<Postgres>, data: &str) {
        let column = self.order.column();
        sql.push(format_args!(
            "page as (select {data} as data, t.id, t.{column} as sort_key, t.{column}::text as sorted "
        ));
    }

    /// Ends it, after its conditions, and adds how far the read models of some schemas have come.
    pub(crate) fn end(&self, sql: &mut QueryBuilder<Postgres>, schemas: &[&str]) {
        let Self { order, cursor, limit } = self;
        if let Some(cursor) = cursor {
            cursor.predicate(sql, order);
        }
        let (column, direction) = (order.column(), order.direction());
        sql.push(format_args!(" order by t.{column} {direction}, t.id {direction} limit "));
        sql.push_bind(i64::from(*limit) + 1);
        sql.push(
            ") select c.position, c.updated_at, page.data, page.id, page.sorted
             from (select min(position) as position, min(updated_at) as updated_at
                 from projections.checkpoints where schema = any(",
        );
        sql.push_bind(schemas.iter().copied().map(str::to_owned).collect::<Vec<_>>());
        sql.push(format_args!(
            ") having count(*) = {}) c left join page on true
             order by page.sort_key {direction}, page.id {direction}",
            schemas.len()
        ));
    }

    /// Reads it; nothing, if one of the schemas was never built.
    pub(crate) async fn fetch<'e>(
        &self,
        mut sql: QueryBuilder<Postgres>,
        db: impl Executor<'e, Database = Postgres>,
    ) -> sqlx::Result<Option<Page<Box<RawValue>>>> {
        let mut rows: Vec<Row> = sql.build_query_as().fetch_all(db).await?;
        let Some(&Row { position, updated_at: as_of, .. }) = rows.first() else { return Ok(None) };
        let limit = self.limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).and_then(|last| {
            Some(Cursor { id: last.id?, sorted: last.sorted.clone() }.to_text(&self.order))
        });
        let rows = rows.into_iter().filter_map(|row| row.data).map(|Json(data)| data).collect();
        Ok(Some(Page { rows, next, position, as_of }))
    }
}

/// `and` the rows are what the filters ask for.
pub(crate) fn filters(
    sql: &mut QueryBuilder<Postgres>,
    columns: &impl Columns,
    filters: &[(String, String)],
) -> Result<(), BadQuery> {
    for (name, value) in filters {
        let parameter = format!("filter[{name}]");
        let unknown = || {
            let known = columns.names().join(", ");
            let message = format!("there is no such field; there are {known}");
            BadQuery::parameter(&parameter, message)
        };
        let field = columns.field(name).ok_or_else(unknown)?;
        field.predicate(sql, value).map_err(|why| BadQuery::parameter(&parameter, why))?;
    }
    Ok(())
}
