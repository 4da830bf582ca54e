//! Sign-ins in the audit trail. Failed ones are no events but rows of their own, merged by time.

use chrono::{DateTime, Utc};
use domain::{
    Decider, Meta, RawEvent,
    identity::session::{Event, Session},
};
use event_store::AuditTrailQuery;
use sealing::KeyRing;
use sqlx::PgPool;
use uuid::Uuid;

use super::entry::{AuditCursor, AuditEntry};
use crate::{history::EventMetadata, ingress::ClientAddress, problem::Problem};

/// The type of a failed sign-in in the trail; older logs hold it as an event of this type.
const FAILED_KIND: &str = "SessionLoginFailed";

#[derive(sqlx::FromRow)]
struct FailedSignIn {
    id: i64,
    at: DateTime<Utc>,
    position: i64,
    user_id: Option<Uuid>,
    network: Option<String>,
    trace: Uuid,
}

/// The failed sign-ins that match a filter and follow a cursor: everybody's, or those of one user.
pub(super) async fn failed_sign_ins(
    db: &PgPool,
    query: &AuditTrailQuery,
    after: AuditCursor,
    user: Option<Uuid>,
) -> sqlx::Result<Vec<AuditEntry>> {
    let excludes =
        |filter: &Option<String>, value| filter.as_ref().is_some_and(|filter| filter != value);
    if excludes(&query.stream, Session::NAME)
        || excludes(&query.kind, FAILED_KIND)
        || query.id.is_some()
        || query.actor.is_some_and(|actor| user.is_some_and(|user| user != actor))
    {
        return Ok(Vec::new());
    }
    let rows: Vec<FailedSignIn> = sqlx::query_as(
        "select id, at, position, user_id, network, trace from identity_store.failed_sign_ins
         where (position, id) < ($1, $2) and position >= $3
             and ($4::uuid is null or user_id = $4)
             and ($5::timestamptz is null or at >= $5) and ($6::timestamptz is null or at < $6)
             and ($8::uuid is null or trace = $8)
         order by position desc, id desc limit $7",
    )
    .bind(after.position)
    .bind(after.failure)
    // Sign-ins may have failed before the first event.
    .bind(if query.from > 1 { query.from } else { 0 })
    .bind(query.actor.or(user))
    .bind(query.since)
    .bind(query.until)
    .bind(query.limit)
    .bind(query.correlation)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(AuditEntry::from).collect())
}

impl From<FailedSignIn> for AuditEntry {
    fn from(failed: FailedSignIn) -> Self {
        let FailedSignIn { id, at, position, user_id, network, trace } = failed;
        let actor = user_id.unwrap_or_default();
        let meta = Meta { actor, command: trace, correlation: trace, ..Meta::default() };
        Self {
            cursor: AuditCursor { position, failure: id },
            topic: Session::NAME.into(),
            id: Uuid::nil(),
            command: meta.command,
            network,
            metadata: EventMetadata::new(position, FAILED_KIND.into(), at, &meta),
        }
    }
}

/// Events as entries of the trail; those that start sessions carry the network they came from.
pub(super) async fn entries_from_events(
    keys: &KeyRing,
    events: Vec<RawEvent>,
) -> Result<Vec<AuditEntry>, Problem> {
    let is_session = |event: &&RawEvent| event.stream == Session::NAME;
    let subjects = events.iter().filter(is_session).flat_map(|event| event.meta.subjects.clone());
    let subjects: Vec<Uuid> = subjects.collect();
    let keys = keys.keys_for_reading(subjects).await?;
    let network = |event: &RawEvent| {
        let event = Some(event).filter(is_session)?;
        let (Event::Started { address, .. } | Event::LoginFailed { address, .. }) =
            keys.open_event::<Session>(event).ok()?.event
        else {
            return None;
        };
        Some(ClientAddress(*address?.get()?).network().to_string())
    };
    let entry = |event: RawEvent| {
        let network = network(&event);
        let RawEvent { position, stream: topic, id, kind, meta, recorded_at, .. } = event;
        let (cursor, command) = (AuditCursor { position, failure: 0 }, meta.command);
        let metadata = EventMetadata::new(position, kind, recorded_at, &meta);
        AuditEntry { cursor, metadata, topic, id, command, network }
    };
    Ok(events.into_iter().map(entry).collect())
}
