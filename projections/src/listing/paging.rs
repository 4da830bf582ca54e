//! The SQL of one page of ordered rows, for lists and for reports.

use chrono::{DateTime, Utc};
use serde_json::value::RawValue;
use sqlx::{PgConnection, Postgres, QueryBuilder, types::Json};
use uuid::Uuid;

use super::{
    cursor::{Cursor, SortOrder},
    error::BadQuery,
    field::QueryColumns,
    position::push_model_position,
    query::{Page, Query, page_limit},
};

/// Selects a page of the rows that the statement calls `t`.
pub(crate) struct Paging {
    order: SortOrder,
    cursor: Option<Cursor>,
    /// The rows of a page; `None` for all of them.
    limit: Option<u32>,
}

#[derive(Debug, sqlx::FromRow)]
pub(super) struct Row {
    pub(super) position: i64,
    pub(super) updated_at: DateTime<Utc>,
    /// `None` where the page is empty.
    pub(super) data: Option<Json<Box<RawValue>>>,
    id: Option<Uuid>,
    sort_value: Option<String>,
}

impl Paging {
    pub(crate) fn parse(columns: &impl QueryColumns, query: &Query) -> Result<Self, BadQuery> {
        let order = SortOrder::parse(columns, query.sort.as_deref())?;
        let limit = Some(page_limit(query.limit)?);
        let cursor = query.cursor.as_ref().map(|text| Cursor::parse(text, &order)).transpose()?;
        Ok(Self { order, cursor, limit })
    }

    /// All rows of a query in its order, or one more than `most` of them, whatever page it asks for.
    pub(crate) fn unpaged(
        columns: &impl QueryColumns,
        query: &Query,
        most: Option<u32>,
    ) -> Result<Self, BadQuery> {
        let order = SortOrder::parse(columns, query.sort.as_deref())?;
        Ok(Self { order, cursor: None, limit: most })
    }

    /// Adds the beginning of the page's select; `data` is the SQL of a row's JSON.
    pub(crate) fn push_select(&self, sql: &mut QueryBuilder<Postgres>, data: &str) {
        let column = self.order.column();
        sql.push(format_args!(
            "page as (select {data} as data, t.id, t.{column} as sort_key, t.{column}::text as sort_value "
        ));
    }

    /// Adds its end, after the conditions, and the position of the read models in `schemas`.
    pub(crate) fn push_end(&self, sql: &mut QueryBuilder<Postgres>, schemas: &[&str]) {
        let Self { order, cursor, limit } = self;
        if let Some(cursor) = cursor {
            cursor.push_predicate(sql, order);
        }
        let (column, direction) = (order.column(), order.direction());
        sql.push(format_args!(" order by t.{column} {direction}, t.id {direction} limit "));
        sql.push_bind(limit.map(|limit| i64::from(limit) + 1));
        sql.push(") select c.position, c.updated_at, page.data, page.id, page.sort_value from ");
        push_model_position(sql, schemas);
        sql.push(format_args!(
            " c left join page on true
             order by page.sort_key {direction}, page.id {direction}"
        ));
    }

    /// Runs the statement. `None` if one of the schemas was never built.
    pub(crate) async fn fetch(
        &self,
        mut sql: QueryBuilder<Postgres>,
        db: &mut PgConnection,
    ) -> sqlx::Result<Option<Page<Box<RawValue>>>> {
        let mut rows: Vec<Row> = sql.build_query_as().fetch_all(db).await?;
        let Some(&Row { position, updated_at: as_of, .. }) = rows.first() else { return Ok(None) };
        let limit = self.limit.map_or(usize::MAX, |limit| limit as usize);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).and_then(|last| {
            Some(Cursor { id: last.id?, sort_value: last.sort_value.clone() }.encode(&self.order))
        });
        let rows = rows.into_iter().filter_map(|row| row.data).map(|Json(data)| data).collect();
        Ok(Some(Page { rows, next, position, as_of }))
    }
}
