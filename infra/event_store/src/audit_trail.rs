//! The log as a trail: what happened last comes first.

use chrono::{DateTime, Utc};
use domain::RawEvent;
use sqlx::{PgExecutor, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::{Row, events};

/// Which events are asked for: those to which everything applies.
#[derive(Debug, Clone, Default)]
pub struct AuditTrailQuery {
    /// Only before this position…
    pub before: i64,
    /// …and from this one on.
    pub from: i64,
    /// Who did it.
    pub actor: Option<Uuid>,
    /// What came of one request, and of what followed from it.
    pub correlation: Option<Uuid>,
    /// `crm.customer`
    pub stream: Option<String>,
    /// The aggregate.
    pub id: Option<Uuid>,
    /// `CustomerRenamed`
    pub kind: Option<String>,
    /// When it was recorded: from this moment on…
    pub since: Option<DateTime<Utc>>,
    /// …and before this one.
    pub until: Option<DateTime<Utc>>,
    /// How many at most.
    pub limit: i64,
}

/// The last of the events that are asked for, the newest first.
pub async fn audit_trail(
    db: impl PgExecutor<'_>,
    query: &AuditTrailQuery,
) -> sqlx::Result<Vec<RawEvent>> {
    let mut sql = QueryBuilder::<Postgres>::new(events!("where position < "));
    sql.push_bind(query.before).push(" and position >= ").push_bind(query.from);
    if let Some(actor) = query.actor {
        sql.push(" and meta->>'actor' = ").push_bind(actor.to_string());
    }
    if let Some(correlation) = query.correlation {
        sql.push(" and meta->>'correlation' = ").push_bind(correlation.to_string());
    }
    if let Some(stream) = &query.stream {
        sql.push(" and stream = ").push_bind(stream);
    }
    if let Some(id) = query.id {
        sql.push(" and id = ").push_bind(id);
    }
    if let Some(kind) = &query.kind {
        sql.push(" and type = ").push_bind(kind);
    }
    if let Some(since) = query.since {
        sql.push(" and recorded_at >= ").push_bind(since);
    }
    if let Some(until) = query.until {
        sql.push(" and recorded_at < ").push_bind(until);
    }
    sql.push(" order by position desc limit ").push_bind(query.limit);
    let rows: Vec<Row> = sql.build_query_as().fetch_all(db).await?;
    Ok(rows.into_iter().map(Row::into_raw_lossy).collect())
}
