//! A database connection that reads everything as it was at one moment.

use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};

/// Opens a connection in a read-only transaction that sees one moment. It ends with the connection.
pub(crate) async fn open_snapshot(database: &PgConnectOptions) -> sqlx::Result<PgConnection> {
    let mut db = PgConnection::connect_with(database).await?;
    sqlx::raw_sql("begin isolation level repeatable read, read only").execute(&mut db).await?;
    Ok(db)
}
