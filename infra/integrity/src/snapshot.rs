//! Everything is read as it was at one moment, whatever is appended meanwhile.

use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};

/// A connection of its own within a transaction that sees one moment and can write nothing. It ends
/// with the connection.
pub(crate) async fn snapshot(database: &PgConnectOptions) -> sqlx::Result<PgConnection> {
    let mut db = PgConnection::connect_with(database).await?;
    sqlx::raw_sql("begin isolation level repeatable read, read only").execute(&mut db).await?;
    Ok(db)
}
