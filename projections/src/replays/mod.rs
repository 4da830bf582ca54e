//! Replays: read models as they were at a moment, for analysts. The tables of each lie in a schema of their
//! own; one schema has the views on all of them, by the same names as those on what is live. What a view asks the
//! clock it tells as of that moment.
//!
//! **Invariant:** a replay reads the log and writes its own schemas. It knows no commands, so nothing follows
//! from it.

mod counterfactual;
mod erasure;
mod making;
mod selection;
mod views;

use std::{collections::BTreeSet, sync::Arc};

use chrono::{DateTime, Utc};
use domain::analytics::{ReplayId, scenario::Scenario};
use serde::Deserialize;
use serde_json::Value;
use sqlx::{
    Connection, FromRow, PgConnection, PgPool, Postgres, postgres::PgArguments, query::QueryAs,
    types::Json,
};
use uuid::Uuid;

use crate::{
    Error, Projector,
    schema::{drop_schema, execute_statement},
};

use counterfactual::{Counterfactual, is_changed};
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
    /// From then on it is dropped, if no aggregate asked for it.
    pub expires_at: DateTime<Utc>,
    /// The aggregate that asked for it; none, if that was the shell.
    pub id: Option<Uuid>,
    /// The scenario under which it holds what would have been, as another version may have written it.
    pub scenario: Option<Json<Value>>,
    /// Whether it holds what was so, to be compared with a scenario. No view but the comparison shows it.
    #[sqlx(rename = "baseline")]
    pub is_actual: bool,
    /// The attempt that made it.
    run: Uuid,
}

/// A read model of a replay, with what fills it.
type ReplayedModel = (&'static Projector, Replay);

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
    /// The aggregate that asks for it; none, if that is the shell.
    pub id: Option<ReplayId>,
    /// The policies instead of those that were in force. Then there is a view of what differs as well.
    pub scenario: Option<Scenario>,
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
    /// HMAC-SHA-256 in hexadecimal of all tables, by a key of the deployment: the same log, request and code have
    /// the same there.
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
    /// What the scenario is called under which it holds what would have been.
    pub fn scenario_label(&self) -> Option<&str> {
        self.scenario.as_ref().map(|Json(scenario)| scenario["label"].as_str().unwrap_or_default())
    }

    /// Which events of an aggregate it contains. `policies` are those of the scenario, which is one for all read
    /// models of a replay, once they were read.
    async fn selection(
        &self,
        db: &mut PgConnection,
        projector: &Projector,
        policies: &mut Option<Arc<Counterfactual>>,
    ) -> Result<EventSelection, Error> {
        let counterfactual = match self.changing_scenario(projector)? {
            Some(scenario) => {
                if policies.is_none() {
                    *policies = Some(Arc::new(self.load_policies(db, scenario).await?));
                }
                policies.clone()
            }
            None => None,
        };
        let (upto, since) = (self.position, self.since);
        let effective_until = self.effective.then_some(self.as_of);
        Ok(EventSelection { upto, effective_until, since, counterfactual })
    }

    /// The scenario, if it may change what the read model holds.
    fn changing_scenario(&self, projector: &Projector) -> Result<Option<Scenario>, Error> {
        let scenario = self.scenario.as_ref().filter(|_| !self.is_actual);
        let scenario = scenario.map(|Json(scenario)| Scenario::deserialize(scenario)).transpose();
        let unreadable = |why| Error::UnreadableScenario { replay: self.name.clone(), why };
        let scenario = scenario.map_err(unreadable)?;
        Ok(scenario.filter(|scenario| is_changed(projector, scenario)))
    }

    async fn load_policies(
        &self,
        db: &mut PgConnection,
        scenario: Scenario,
    ) -> sqlx::Result<Counterfactual> {
        // What follows from policy and clock is recorded as long as the log is.
        let end = if self.effective {
            event_store::recorded_at(&mut *db, self.position).await?
        } else {
            None
        };
        Counterfactual::load(db, scenario, self.position, end.unwrap_or(self.as_of)).await
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
             expires_at, id, scenario, baseline, run
         from projections.replays order by name, schema";
    sqlx::query_as(query).fetch_all(db).await
}

/// Drops a replay. Returns whether there was one.
pub(crate) async fn drop_replay(db: &mut PgConnection, name: &str) -> sqlx::Result<bool> {
    let delete = "delete from projections.replays where name = $1 returning name, schema";
    drop_deleted(db, sqlx::query_as(delete).bind(name)).await
}

/// Drops what a run has made that failed.
async fn drop_run(db: &mut PgConnection, run: Uuid) -> sqlx::Result<bool> {
    let delete = "delete from projections.replays where run = $1 returning name, schema";
    drop_deleted(db, sqlx::query_as(delete).bind(run)).await
}

/// Drops what there is of a replay that an aggregate asked for, whole or not.
pub async fn drop_replay_of(pool: &PgPool, id: ReplayId) -> sqlx::Result<()> {
    let delete = "delete from projections.replays where id = $1 returning name, schema";
    let delete = sqlx::query_as(delete).bind(id.uuid());
    drop_deleted(&mut *pool.acquire().await?, delete).await.map(drop)
}

/// Drops what aggregates left under a name that is another one's by now: they are dropped, but their schemas may not be
/// yet. A run that died has left some, too.
async fn drop_leftovers_of_name(db: &mut PgConnection, name: &str) -> sqlx::Result<bool> {
    let delete = "delete from projections.replays where name = $1 and id is not null
         returning name, schema";
    drop_deleted(db, sqlx::query_as(delete).bind(name)).await
}

/// Drops the replays of the shell whose time was over before a moment. The others expire as aggregates do, and what is
/// left of one all the same goes a day later.
pub async fn drop_expired_replays(pool: &PgPool, moment: DateTime<Utc>) -> sqlx::Result<()> {
    let expired = "select distinct name from projections.replays
         where expires_at < $1 - case when id is null then interval '0' else interval '1 day' end";
    let names: Vec<String> = sqlx::query_scalar(expired).bind(moment).fetch_all(pool).await?;
    for name in names {
        drop_replay(&mut *pool.acquire().await?, &name).await?;
    }
    Ok(())
}

/// Drops the schemas of rows that a statement deletes. Returns whether there were any.
async fn drop_deleted(
    db: &mut PgConnection,
    delete: QueryAs<'_, Postgres, (String, String), PgArguments>,
) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let deleted = delete.fetch_all(&mut *tx).await?;
    let schemas: BTreeSet<_> = deleted.iter().flat_map(|(name, schema)| [name, schema]).collect();
    for schema in schemas {
        drop_schema(&mut tx, schema).await?;
    }
    tx.commit().await?;
    Ok(!deleted.is_empty())
}

/// Lets a role read the views in a schema.
async fn let_in(db: &mut PgConnection, schema: &str, reader: &str) -> sqlx::Result<()> {
    execute_statement(db, format!("grant usage on schema \"{schema}\" to \"{reader}\"")).await
}
