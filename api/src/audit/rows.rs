//! Lists of rows that say what callers did, the newest first.

use commands::policy::Right;
use domain::identity::Scope;
use projections::listing;
use serde::Serialize;
use sqlx::{AssertSqlSafe, FromRow, postgres::PgRow};
use uuid::Uuid;

use crate::{
    App,
    caller::Caller,
    problem::Problem,
    reads::{self, List},
};

/// Which rows are asked for.
pub(super) struct RowQuery {
    pub(super) actor: Option<Uuid>,
    pub(super) limit: Option<u32>,
    pub(super) cursor: Option<i64>,
}

/// A page of the rows of a table with `id` and `actor`. Without full scope callers see their own only.
pub(super) async fn newest_rows<T>(
    app: &App,
    caller: &Caller,
    (table, columns): (&'static str, &'static str),
    RowQuery { actor, limit, cursor }: RowQuery,
    id: impl Fn(&T) -> i64,
) -> Result<List<T>, Problem>
where
    T: for<'r> FromRow<'r, PgRow> + Serialize + Send + Unpin,
{
    let limit = listing::page_limit(limit)?;
    let actor = match caller.scope(Right::Audit) {
        Scope::All => actor,
        _ => Some(caller.id),
    };
    let head = reads::log_head(app).await?;
    let query = format!(
        "select {columns} from {table}
         where ($1::uuid is null or actor = $1) and ($2::bigint is null or id < $2)
         order by id desc limit $3"
    );
    let rows = sqlx::query_as(AssertSqlSafe(query)).bind(actor).bind(cursor);
    let rows: Vec<T> = rows.bind(i64::from(limit) + 1).fetch_all(&app.db).await?;
    Ok(List::from_rows(rows, limit, head, |last| id(last).to_string()))
}
