//! The Postgres schemas that hold read models: creating, dropping and connecting to them.

use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};

use crate::Projector;

/// Opens a connection of one's own, whose unqualified names mean the tables of `schema`.
pub(crate) async fn connect_to_schema(pool: &PgPool, schema: &str) -> sqlx::Result<PgConnection> {
    let mut db = PgConnection::connect_with(&pool.connect_options()).await?;
    sqlx::query("select set_config('search_path', quote_ident($1) || ', public', false)")
        .bind(schema)
        .execute(&mut db)
        .await?;
    Ok(db)
}

/// From now on to the end of the transaction, unqualified names mean the tables of `schema`.
pub(crate) async fn enter_schema(db: &mut PgConnection, schema: &str) -> sqlx::Result<()> {
    sqlx::query("select set_config('search_path', quote_ident($1) || ', public', true)")
        .bind(schema)
        .execute(db)
        .await
        .map(drop)
}

/// Creates a schema with its tables, empty. The unqualified names of the connection must mean it. Its views take
/// `moment` for now; without one, whenever they are asked.
pub(crate) async fn create_schema(
    db: &mut PgConnection,
    projector: &Projector,
    schema: &str,
    moment: Option<DateTime<Utc>>,
) -> sqlx::Result<()> {
    execute_statement(db, format!("create schema \"{schema}\"")).await?;
    let (tables, _) = projector.sql_around_filling();
    let tables = moment.map_or_else(
        || tables.to_owned(),
        |moment| tables.replace("now()", &format!("timestamptz '{}'", moment.to_rfc3339())),
    );
    execute_statement(db, tables).await?;
    secure_rows(db, schema).await
}

/// Lets clients read the tables as far as the row policies allow: without a policy they see no rows.
async fn secure_rows(db: &mut PgConnection, schema: &str) -> sqlx::Result<()> {
    let relations: Vec<(String, bool)> = sqlx::query_as(
        "select quote_ident(relname), relkind = 'v' from pg_class
         where relnamespace = $1::regnamespace and relkind in ('r', 'v')",
    )
    .bind(schema)
    .fetch_all(&mut *db)
    .await?;
    for (name, is_view) in relations {
        let secure = if is_view {
            format!("alter view {name} set (security_invoker = true)")
        } else {
            format!("alter table {name} enable row level security")
        };
        execute_statement(db, secure).await?;
        execute_statement(db, format!("grant select on {name} to servicebook_client")).await?;
    }
    execute_statement(db, format!("grant usage on schema \"{schema}\" to servicebook_client")).await
}

/// Drops a schema and all in it, if it exists.
pub(crate) async fn drop_schema(db: &mut PgConnection, schema: &str) -> sqlx::Result<()> {
    execute_statement(db, drop_schema_statement(schema)).await
}

pub(crate) fn drop_schema_statement(schema: &str) -> String {
    format!("drop schema if exists \"{schema}\" cascade")
}

/// Makes the statements behind it in one transaction give up soon where somebody holds a lock: whoever waits for one
/// on tables makes all others wait who come later.
pub(crate) const BRIEF_LOCKS: &str = "set local lock_timeout = '2s'";

/// Whether a statement has given up so.
pub(crate) fn is_lock_timeout(why: &sqlx::Error) -> bool {
    // lock_not_available
    matches!(why, sqlx::Error::Database(why) if why.code().as_deref() == Some("55P03"))
}

/// Runs a statement without parameters. All that is formatted into it must be constants of ours or
/// checked names.
pub(crate) async fn execute_statement(
    db: &mut PgConnection,
    statement: String,
) -> sqlx::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(db).await.map(drop)
}
