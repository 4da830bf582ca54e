//! A report: a query over the tables of read models, and what the API needs to know of it.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::identity::{Right, RowScope};
use serde_json::value::RawValue;
use sqlx::{Postgres, QueryBuilder};

use super::arguments::{ReportArguments, ReportParameter};
use crate::listing::{
    self, BadQuery, Field, Listing, Moment, Page, Paging, Query, QueryColumns, RowStream, Source,
};

/// A report.
#[derive(Debug)]
pub struct Report {
    /// Its name in the URL: `utilisation`.
    pub name: &'static str,
    /// For the documentation of the API.
    pub description: &'static str,
    /// The right to run it; its scope for the caller decides which rows are in `scoped`.
    pub right: Right,
    /// The list whose rows it is made of.
    pub base: &'static Listing,
    /// Lists of the other read models that it reads.
    pub joined: &'static [&'static Listing],
    pub parameters: &'static [ReportParameter],
    pub columns: &'static [ReportColumn],
    /// The columns that together identify a row.
    pub key: &'static [&'static str],
    /// The columns that can be ordered by; the first one is the default.
    pub sort: &'static [&'static str],
    /// The query. It reads `scoped`, the rows of [`base`](Self::base) in the caller's scope, and
    /// `parameters`, one row with `now`, `from`, `until` and `zone`.
    pub sql: &'static str,
}

/// A column of a report. All columns can be filtered by.
#[derive(Debug)]
pub struct ReportColumn {
    pub field: Field,
    /// What it means, and its unit.
    pub description: &'static str,
    /// Whether it may be null.
    pub nullable: bool,
}

/// A request for a page of a report.
#[derive(Debug)]
pub struct ReportRequest<'a> {
    /// Filters, order and page of its rows. Reports cannot be searched.
    pub query: &'a Query,
    /// Filters of the base list, to narrow `scoped`.
    pub base_filters: Vec<(String, String)>,
    pub arguments: ReportArguments,
    /// The rows that the caller may see.
    pub row_scope: &'a RowScope,
    pub now: DateTime<Utc>,
}

impl ReportColumn {
    pub(super) const fn new(field: Field, description: &'static str) -> Self {
        Self { field, description, nullable: false }
    }

    pub(super) const fn nullable(field: Field, description: &'static str) -> Self {
        Self { field, description, nullable: true }
    }
}

impl Report {
    /// The lists of all read models that it reads.
    pub fn listings(&self) -> impl Iterator<Item = &'static Listing> {
        [self.base].into_iter().chain(self.joined.iter().copied())
    }

    /// Its columns, in their order.
    pub fn fields(&self) -> impl Iterator<Item = &'static Field> + Clone + use<> {
        self.columns.iter().map(|column| &column.field)
    }

    /// The rows of a page, as JSON objects of its columns.
    ///
    /// # Errors
    /// When the request is invalid, when a read model was never built, when too many reports run at once,
    /// or when it takes too long.
    pub async fn run(
        &self,
        source: &mut Source,
        request: &ReportRequest<'_>,
    ) -> Result<Page<Box<RawValue>>, BadQuery> {
        let paging = Paging::parse(self, request.query)?;
        let sql = self.page_statement(source, &paging, request)?;
        let page = paging.fetch(sql, &mut *source.connect(request.row_scope).await?).await?;
        let page = page.ok_or(BadQuery::NotBuilt(self.base.from))?;
        let (position, as_of) =
            Moment::position_and_time_of_answer(source.moment(), page.position, page.as_of);
        Ok(Page { position, as_of, ..page })
    }

    /// All its rows, or one more than `most` of them, whatever page the request asks for.
    ///
    /// # Errors
    /// As of [`run`](Self::run).
    pub async fn all_rows(
        &self,
        source: Source,
        request: &ReportRequest<'_>,
        most: Option<u32>,
    ) -> Result<RowStream, BadQuery> {
        let paging = Paging::unpaged(self, request.query, most)?;
        let sql = self.page_statement(&source, &paging, request)?;
        let rows = RowStream::begin(sql, source, request.row_scope).await?;
        rows.ok_or(BadQuery::NotBuilt(self.base.from))
    }

    /// The whole statement.
    fn page_statement(
        &self,
        source: &Source,
        paging: &Paging,
        request: &ReportRequest<'_>,
    ) -> Result<QueryBuilder<Postgres>, BadQuery> {
        let mut sql = self.statement(source, request)?;
        paging.push_select(&mut sql, &self.row_json());
        sql.push("from report t where true");
        listing::push_filters(&mut sql, self, &request.query.filters)?;
        let schemas: Vec<_> = self.listings().map(Listing::schema).collect();
        paging.push_end(&mut sql, &schemas);
        Ok(sql)
    }

    /// The beginning of the statement: `parameters`, `scoped` and `report`. The id of a row is a hash of its
    /// key.
    fn statement(
        &self,
        source: &Source,
        request: &ReportRequest<'_>,
    ) -> Result<QueryBuilder<Postgres>, BadQuery> {
        let ReportRequest { base_filters, arguments, row_scope, now, .. } = request;
        let period = arguments.period;
        let mut sql = source.begin_statement();
        sql.push("parameters as (select ").push_bind(*now).push("::timestamptz as now, ");
        sql.push_bind(period.map(|(from, _)| from)).push("::date as \"from\", ");
        sql.push_bind(period.map(|(_, until)| until)).push("::date as until, ");
        sql.push_bind(arguments.zone.map(Tz::name)).push("::text as zone");
        sql.push("), scoped as (select t.* ");
        let base_query = Query { filters: base_filters.clone(), ..Query::default() };
        listing::push_visible_rows(&mut sql, source, self.base, &base_query, row_scope)?;
        let key: Vec<_> = self.key.iter().map(|column| format!("r.{column}")).collect();
        sql.push(format_args!(
            "), report as (select md5(row({})::text)::uuid as id, r.* from (\n{}\n) r), ",
            key.join(", "),
            source.redirect_tables(self.sql)
        ));
        Ok(sql)
    }

    /// The SQL of a row as JSON: the declared columns and nothing else.
    fn row_json(&self) -> String {
        let column = |column: &ReportColumn| format!("'{0}', t.{0}", column.field.name);
        let columns: Vec<_> = self.columns.iter().map(column).collect();
        format!("json_build_object({})", columns.join(", "))
    }
}

impl QueryColumns for Report {
    fn field(&self, name: &str) -> Option<Field> {
        self.columns.iter().map(|column| column.field).find(|field| field.name == name)
    }

    fn names(&self) -> Vec<&'static str> {
        self.columns.iter().map(|column| column.field.name).collect()
    }

    fn sortable(&self) -> &'static [&'static str] {
        self.sort
    }
}
