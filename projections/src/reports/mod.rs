//! Reports: the second kind of read model, which joins, counts or ranks what several folds hold.
//!
//! A report is a plain query over the tables of folds, run when it is asked for: there is nothing to
//! build, to rebuild or to erase. Read [`utilisation`] with its SQL beside it first.
//!
//! **Invariant:** a report is made of the rows of one list ([`Report::of`]), and of these only of those
//! that whoever asks may see: they stand in `scoped`. Whatever else it reads, Postgres shows as far as
//! the policies of the tables allow.

mod arguments;
mod issues;
mod utilisation;

use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::identity::{Right, RowScope};
use serde_json::value::RawValue;
use sqlx::{PgPool, Postgres, QueryBuilder};
use tokio::{sync::Semaphore, time::timeout};

pub use arguments::{Arguments, Input, Parameter};

use crate::listing::{self, BadQuery, Columns, Field, Listing, Page, Paging, Query};

/// For how long Postgres works on a report at most, in milliseconds.
const LONGEST: &str = "5000";
/// How many reports are made at once by one process: each takes a core of the database.
static TURNS: Semaphore = Semaphore::const_new(2);
/// For how long one waits for a turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// Every report.
pub fn all() -> impl Iterator<Item = &'static Report> {
    [&issues::REPORT, &utilisation::REPORT].into_iter()
}

/// What there is to know of a report.
#[derive(Debug)]
pub struct Report {
    /// As in its address: `utilisation`.
    pub name: &'static str,
    /// What it tells, for whoever reads the documentation of the API.
    pub about: &'static str,
    /// What it takes to run it; how far it goes for somebody decides which rows are in `scoped`.
    pub right: Right,
    /// The list whose rows it is made of.
    pub of: &'static Listing,
    /// Lists of the other read models that it takes something from.
    pub with: &'static [&'static Listing],
    pub parameters: &'static [Parameter],
    pub columns: &'static [Column],
    /// The columns in which no two rows are alike.
    pub key: &'static [&'static str],
    /// The columns that can be ordered by; the first one is the order when none is asked for.
    pub sort: &'static [&'static str],
    /// A query that gives the columns. It reads `scoped`, the rows of [`of`](Self::of) that whoever asks
    /// may see, and `parameters`, one row with `now`, `from`, `until` and `zone`.
    pub sql: &'static str,
}

/// A column of a report; one may filter by each.
#[derive(Debug)]
pub struct Column {
    pub field: Field,
    /// What it means, and its unit.
    pub about: &'static str,
    /// Whether it may be empty.
    pub nullable: bool,
}

/// What somebody asks of a report.
#[derive(Debug)]
pub struct Request<'a> {
    /// Filters, order and page of its rows; it is not searched by words.
    pub query: &'a Query,
    /// What `scoped` is to be narrowed to: filters of the list that it is made of.
    pub narrowed: Vec<(String, String)>,
    pub arguments: Arguments,
    /// Whose rows they may see.
    pub row_scope: &'a RowScope,
    pub now: DateTime<Utc>,
}

impl Column {
    const fn new(field: Field, about: &'static str) -> Self {
        Self { field, about, nullable: false }
    }

    const fn nullable(field: Field, about: &'static str) -> Self {
        Self { field, about, nullable: true }
    }
}

impl Report {
    /// All lists from whose read models it takes something.
    pub fn listings(&self) -> impl Iterator<Item = &'static Listing> {
        [self.of].into_iter().chain(self.with.iter().copied())
    }

    /// The rows of a page, as JSON objects of its columns.
    ///
    /// # Errors
    /// When something cannot be asked for; when a read model was never built; when too many ask at once,
    /// or it takes too long.
    pub async fn run(
        &self,
        db: &PgPool,
        request: &Request<'_>,
    ) -> Result<Page<Box<RawValue>>, BadQuery> {
        let Request { query, row_scope, .. } = request;
        let paging = Paging::parse(self, query)?;
        let mut sql = self.statement(request)?;
        paging.select(&mut sql, &self.data());
        sql.push("from report t where true");
        listing::filters(&mut sql, self, &query.filters)?;
        let schemas: Vec<_> = self.listings().map(Listing::schema).collect();
        paging.end(&mut sql, &schemas);

        let turn = timeout(PATIENCE, TURNS.acquire()).await;
        let Ok(Ok(_turn)) = turn else { return Err(BadQuery::Busy) };
        let mut tx = match listing::row_security(db, row_scope).await? {
            Some(tx) => tx,
            None => db.begin().await?,
        };
        // Compiling it would take longer than running it.
        sqlx::query(
            "select set_config('statement_timeout', $1, true), set_config('jit', 'off', true)",
        )
        .bind(LONGEST)
        .execute(&mut *tx)
        .await?;
        let page = paging.fetch(sql, &mut *tx).await.map_err(|why| match why {
            sqlx::Error::Database(why) if why.code().as_deref() == Some(CANCELLED) => {
                BadQuery::TooLong
            }
            why => why.into(),
        })?;
        page.ok_or(BadQuery::Unbuilt(self.of.from))
    }

    /// `with` everything that the page is taken from. A row is known by a hash of its key.
    fn statement(&self, request: &Request<'_>) -> Result<QueryBuilder<Postgres>, BadQuery> {
        let Request { narrowed, arguments, row_scope, now, .. } = request;
        let period = arguments.period;
        let mut sql = QueryBuilder::new("with parameters as (select ");
        sql.push_bind(*now).push("::timestamptz as now, ");
        sql.push_bind(period.map(|(from, _)| from)).push("::date as \"from\", ");
        sql.push_bind(period.map(|(_, until)| until)).push("::date as until, ");
        sql.push_bind(arguments.zone.map(Tz::name)).push("::text as zone");
        sql.push("), scoped as (select t.* ");
        let narrowed = Query { filters: narrowed.clone(), ..Query::default() };
        listing::chosen(&mut sql, self.of, &narrowed, row_scope)?;
        let key: Vec<_> = self.key.iter().map(|column| format!("r.{column}")).collect();
        sql.push(format_args!(
            "), report as (select md5(row({})::text)::uuid as id, r.* from (\n{}\n) r), ",
            key.join(", "),
            self.sql
        ));
        Ok(sql)
    }

    /// A row as JSON: the columns that are declared, and nothing else.
    fn data(&self) -> String {
        let column = |column: &Column| format!("'{0}', t.{0}", column.field.name);
        let columns: Vec<_> = self.columns.iter().map(column).collect();
        format!("json_build_object({})", columns.join(", "))
    }
}

/// How Postgres says that a statement took too long.
const CANCELLED: &str = "57014";

impl Columns for Report {
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::Projector;

    #[test]
    fn a_report_reads_its_scope_and_what_it_says_that_it_reads() {
        for report in all() {
            let code = report.sql.lines().map(|line| line.split("--").next().unwrap_or_default());
            let code = code.collect::<Vec<_>>().join(" ");
            let words: Vec<_> =
                code.split(|c: char| !c.is_alphanumeric() && !"_.".contains(c)).collect();
            assert!(words.contains(&"scoped"), "{} is made of nobody's rows", report.name);
            assert!(!words.contains(&report.of.from), "{} passes its scope by", report.name);
            let schemas: BTreeSet<_> = crate::all().map(Projector::schema).collect();
            let read = words.iter().filter_map(|word| word.split_once('.'));
            let read: BTreeSet<_> =
                read.map(|(schema, _)| schema).filter(|schema| schemas.contains(*schema)).collect();
            let said: BTreeSet<_> = report.with.iter().map(|listing| listing.schema()).collect();
            assert_eq!(read, said, "the read models of {}", report.name);
        }
    }

    #[test]
    fn key_and_order_are_of_columns() {
        for report in all() {
            for name in report.key.iter().chain(report.sort) {
                let name = name.trim_start_matches('-');
                assert!(report.field(name).is_some(), "{} has no {name}", report.name);
            }
        }
    }
}
