//! Replays: read models as they were at a moment, for analysts. The tables of each lie in a schema of their
//! own; one schema has the views on all of them, by the same names as those on what is live.
//!
//! **Invariant:** a replay reads the log and writes its own schemas. It knows no commands, so nothing follows
//! from it.

mod erasure;
mod making;
mod selection;

use chrono::{DateTime, Utc};
use domain::analytics::ReplayId;
use sqlx::{Connection, FromRow, PgConnection, PgPool};

use crate::{
    Projector,
    schema::{drop_schema, execute_statement},
};

pub use erasure::ErasureOutcome;
pub(crate) use erasure::erase_from_all_replays;
pub(crate) use making::replay;
pub(crate) use selection::EventSelection;

/// A read model in a replay.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Replay {
    /// The name of the replay: the schema of its views.
    pub name: String,
    /// The schema that holds the tables of this read model.
    pub schema: String,
    /// The read model, by the name of its projector.
    pub projector: String,
    /// The version of the projector that filled it.
    pub version: i32,
    pub as_of: DateTime<Utc>,
    /// Whether that is when events took effect, and not when they were recorded.
    pub effective: bool,
    /// Older aggregates are left out.
    pub since: Option<DateTime<Utc>>,
    /// It contains no event after this one.
    pub position: i64,
    /// The role that reads it.
    pub reader: String,
    /// Whether its views show what is personal as it is.
    pub personal: bool,
    /// From then on it is dropped.
    pub expires_at: DateTime<Utc>,
}

/// What is to be replayed.
#[derive(Debug, Clone)]
pub struct ReplayRequest {
    /// The schema to make for the views: small letters, digits and `_`.
    pub name: String,
    pub projectors: Vec<&'static Projector>,
    pub until: ReplayEnd,
    /// Whether the moment is when events took effect. An event that says nothing of that took effect when it
    /// was recorded.
    pub effective: bool,
    /// Leaves aggregates out whose first event is older.
    pub since: Option<DateTime<Utc>>,
    /// The analyst who alone reads it, and sees what is personal as it is. Otherwise all analysts read it, with
    /// pseudonyms.
    pub personal_for: Option<String>,
    /// Who is told what became of it, if it was not asked for in the shell.
    pub id: Option<ReplayId>,
}

/// With which event a replay ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplayEnd {
    /// With the last one by this moment.
    Moment(DateTime<Utc>),
    /// With the one at this position.
    Position(i64),
}

/// What was replayed.
#[derive(Debug)]
pub struct ReplayReport {
    pub replays: Vec<Replay>,
    pub tables: Vec<ReplayTable>,
    /// SHA-256 in hexadecimal of all tables: the same log, request and code have the same.
    pub digest: String,
}

/// A table of a replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayTable {
    /// The read model, by the name of its projector.
    pub read_model: &'static str,
    pub table: String,
    pub rows: usize,
}

impl Replay {
    /// Which events of an aggregate it contains.
    fn selection(&self) -> EventSelection {
        let effective_until = self.effective.then_some(self.as_of);
        EventSelection { upto: self.position, effective_until, since: self.since }
    }
}

/// All replays whose schemas still exist; records of dropped schemas are removed.
pub(crate) async fn list_replays(db: &mut PgConnection) -> sqlx::Result<Vec<Replay>> {
    sqlx::query(
        "delete from projections.replays where to_regnamespace(quote_ident(schema)) is null",
    )
    .execute(&mut *db)
    .await?;
    let query = "select name, schema, projector, version, as_of, effective, since, position, reader, personal,
             expires_at
         from projections.replays order by name, schema";
    sqlx::query_as(query).fetch_all(db).await
}

/// Drops a replay. Returns whether there was one.
pub(crate) async fn drop_replay(db: &mut PgConnection, name: &str) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let schemas = "delete from projections.replays where name = $1 returning schema";
    let schemas: Vec<String> = sqlx::query_scalar(schemas).bind(name).fetch_all(&mut *tx).await?;
    if schemas.is_empty() {
        return Ok(false);
    }
    for schema in schemas.iter().map(String::as_str).chain([name]) {
        drop_schema(&mut tx, schema).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Drops what there is of a replay that was asked for, whole or not.
pub async fn drop_replay_of(pool: &PgPool, id: ReplayId) -> sqlx::Result<()> {
    let names = "select distinct name from projections.replays where id = $1";
    drop_all(pool, sqlx::query_scalar(names).bind(id.uuid()).fetch_all(pool).await?).await
}

/// Drops the replays whose time was over before a moment.
pub async fn drop_expired_replays(pool: &PgPool, moment: DateTime<Utc>) -> sqlx::Result<()> {
    let expired = "select distinct name from projections.replays where expires_at < $1";
    drop_all(pool, sqlx::query_scalar(expired).bind(moment).fetch_all(pool).await?).await
}

async fn drop_all(pool: &PgPool, names: Vec<String>) -> sqlx::Result<()> {
    let mut db = PgConnection::connect_with(&pool.connect_options()).await?;
    for name in names {
        drop_replay(&mut db, &name).await?;
    }
    Ok(())
}

/// Lets a role read the views in a schema.
async fn let_in(db: &mut PgConnection, schema: &str, reader: &str) -> sqlx::Result<()> {
    execute_statement(db, format!("grant usage on schema \"{schema}\" to \"{reader}\"")).await
}
