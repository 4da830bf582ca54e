//! The log as a trail: what happened last comes first, and what a row said after each event.

use chrono::{DateTime, Utc};
use domain::Raw;
use sealing::Keys;
use serde_json::Value;
use sqlx::{PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::{
    Projector,
    fold::{Poison, by_table},
    log,
};

/// Which events are wanted.
#[derive(Debug, Clone)]
pub struct Question {
    /// Only before this position…
    pub before: i64,
    /// …and from this one on.
    pub from: i64,
    pub actor: Option<Uuid>,
    /// `crm.customer`
    pub stream: Option<String>,
    /// The aggregate.
    pub id: Option<Uuid>,
    /// `CustomerRenamed`
    pub kind: Option<String>,
    pub since: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
    pub limit: i64,
}

/// The last of the events that are wanted, the newest first.
pub async fn trail(db: &PgPool, question: &Question) -> sqlx::Result<Vec<Raw>> {
    let mut sql = QueryBuilder::<Postgres>::new(
        "select position, stream, id, version, type, schema, data, meta, recorded_at
         from event_store.events where position < ",
    );
    sql.push_bind(question.before).push(" and position >= ").push_bind(question.from);
    if let Some(actor) = question.actor {
        sql.push(" and meta->>'actor' = ").push_bind(actor.to_string());
    }
    if let Some(stream) = &question.stream {
        sql.push(" and stream = ").push_bind(stream);
    }
    if let Some(id) = question.id {
        sql.push(" and id = ").push_bind(id);
    }
    if let Some(kind) = &question.kind {
        sql.push(" and type = ").push_bind(kind);
    }
    if let Some(since) = question.since {
        sql.push(" and recorded_at >= ").push_bind(since);
    }
    if let Some(until) = question.until {
        sql.push(" and recorded_at < ").push_bind(until);
    }
    sql.push(" order by position desc limit ").push_bind(question.limit);
    let rows = sql.build().fetch_all(db).await?;
    rows.iter().map(log::raw).collect()
}

impl Projector {
    /// What a field of an aggregate's row is after each of its events, from the first on; nothing
    /// where the read model has no such field.
    pub fn values(
        &self,
        stream: &str,
        events: &[Raw],
        keys: &Keys,
        field: &str,
    ) -> anyhow::Result<Vec<Value>> {
        let Some(stream) = self.stream(stream) else { return Ok(Vec::new()) };
        let mut rows: Option<String> = None;
        let mut values = Vec::with_capacity(events.len());
        for event in events {
            let folded = stream.fold(rows.as_deref(), std::slice::from_ref(event), keys);
            let folded = folded.map_err(|poison| unreadable(&poison))?;
            let tables = by_table(&folded).map_err(|poison| unreadable(&poison))?;
            // A main table has one row for each aggregate.
            let mut rows_of_main = tables.values().filter(|rows| rows.len() == 1);
            let value = rows_of_main.find_map(|table| {
                let row: serde_json::Map<String, Value> =
                    serde_json::from_str(table.first()?.get()).ok()?;
                (!row.contains_key("key")).then(|| row.get(field).cloned())?
            });
            values.push(value.unwrap_or_default());
            rows = Some(folded);
        }
        Ok(values)
    }
}

fn unreadable(poison: &Poison) -> anyhow::Error {
    anyhow::anyhow!("an event cannot be folded: {poison:?}")
}
