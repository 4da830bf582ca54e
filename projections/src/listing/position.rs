//! How far the read models were that an answer is made of.

use chrono::{DateTime, Utc};
use sqlx::{PgPool, Postgres, QueryBuilder};

/// Adds a subquery of one row: the lowest position of the read models in `schemas`, and when it was written. It
/// has no row if one of them was never built.
pub(crate) fn push_model_position(sql: &mut QueryBuilder<Postgres>, schemas: &[&str]) {
    sql.push(
        "(select min(position) as position, min(updated_at) as updated_at
         from projections.checkpoints where schema = any(",
    );
    sql.push_bind(schemas.iter().copied().map(str::to_owned).collect::<Vec<_>>());
    sql.push(format_args!(") having count(*) = {})", schemas.len()));
}

/// The position of read models before they are queried. The start of everything if one was never built.
pub(crate) async fn model_position(
    db: &PgPool,
    schemas: &[&str],
) -> sqlx::Result<(i64, DateTime<Utc>)> {
    let mut sql = QueryBuilder::new("select position, updated_at from ");
    push_model_position(&mut sql, schemas);
    let found = sql.push(" c").build_query_as().fetch_optional(db).await?;
    Ok(found.unwrap_or_default())
}
