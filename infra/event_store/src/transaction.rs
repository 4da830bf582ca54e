//! Transactions on connections of a pool.

use sqlx::{PgPool, Postgres, Transaction};

/// Begins a transaction that is rolled back unless it is committed, even if whoever waits for its beginning
/// gives up. With the pool's own method the connection would then go back with an open transaction, in which
/// the statements of others are never committed: sqlx 0.9 counts a transaction only once it has the answer.
///
/// # Errors
/// When no connection can be had, or it breaks.
pub async fn begin(db: &PgPool) -> sqlx::Result<Transaction<'static, Postgres>> {
    begin_with(db, "begin").await
}

/// As [`begin`], by a statement that says more of the transaction.
///
/// # Errors
/// As of [`begin`].
#[expect(clippy::disallowed_methods, reason = "here it is never given up")]
pub async fn begin_with(
    db: &PgPool,
    statement: &'static str,
) -> sqlx::Result<Transaction<'static, Postgres>> {
    let db = db.clone();
    let begun = tokio::spawn(async move { db.begin_with(statement).await });
    begun.await.map_err(|why| sqlx::Error::Io(why.into()))?
}
