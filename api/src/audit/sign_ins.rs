//! Sign-ins in the audit trail: those that failed are rows beside the log, and stand between the events
//! of their time.

use chrono::{DateTime, Utc};
use domain::{
    Decider, Meta, Raw,
    identity::session::{Event, Session},
};
use event_store::Question;
use sealing::KeyRing;
use sqlx::PgPool;
use uuid::Uuid;

use super::entry::{Entry, Place};
use crate::{history::EventMetadata, ingress::Address, problem::Problem};

/// What a failure is called in the trail; when it still was an event, it was called the same.
const FAILED: &str = "SessionLoginFailed";

/// Somebody who was not let in.
#[derive(sqlx::FromRow)]
struct Failure {
    id: i64,
    at: DateTime<Utc>,
    position: i64,
    user_id: Option<Uuid>,
    network: Option<String>,
    trace: Uuid,
}

/// The failures to sign in that a question asks for, after a place: everybody's, or those of one user
/// only.
pub(super) async fn failures(
    db: &PgPool,
    question: &Question,
    after: Place,
    only: Option<Uuid>,
) -> sqlx::Result<Vec<Entry>> {
    let other = |asked: &Option<String>, this| asked.as_ref().is_some_and(|asked| asked != this);
    if other(&question.stream, Session::NAME)
        || other(&question.kind, FAILED)
        || question.id.is_some()
        || question.actor.is_some_and(|actor| only.is_some_and(|only| only != actor))
    {
        return Ok(Vec::new());
    }
    let failures: Vec<Failure> = sqlx::query_as(
        "select id, at, position, user_id, network, trace from identity_store.failed_sign_ins
         where (position, id) < ($1, $2) and position >= $3
             and ($4::uuid is null or user_id = $4)
             and ($5::timestamptz is null or at >= $5) and ($6::timestamptz is null or at < $6)
         order by position desc, id desc limit $7",
    )
    .bind(after.position)
    .bind(after.failure)
    // Before the first event there may be some, too.
    .bind(if question.from > 1 { question.from } else { 0 })
    .bind(question.actor.or(only))
    .bind(question.since)
    .bind(question.until)
    .bind(question.limit)
    .fetch_all(db)
    .await?;
    Ok(failures.into_iter().map(Entry::from).collect())
}

impl From<Failure> for Entry {
    fn from(failure: Failure) -> Self {
        let Failure { id, at, position, user_id, network, trace } = failure;
        let actor = user_id.unwrap_or_default();
        let meta = Meta { actor, command: trace, correlation: trace, ..Meta::default() };
        Self {
            place: Place { position, failure: id },
            topic: Session::NAME.into(),
            id: Uuid::nil(),
            command: meta.command,
            network,
            metadata: EventMetadata::new(position, FAILED.into(), at, meta),
        }
    }
}

/// Events as entries of the trail; those by which sessions began say from which network.
pub(super) async fn entries(keys: &KeyRing, events: Vec<Raw>) -> Result<Vec<Entry>, Problem> {
    let begun = |event: &&Raw| event.stream == Session::NAME;
    let subjects = events.iter().filter(begun).flat_map(|event| event.meta.subjects.clone());
    let subjects: Vec<Uuid> = subjects.collect();
    let keys = keys.reading_keys(subjects).await?;
    let network = |event: &Raw| {
        let begun = Some(event).filter(begun)?;
        let (Event::Started { address, .. } | Event::LoginFailed { address, .. }) =
            keys.decode::<Session>(begun).ok()?.event
        else {
            return None;
        };
        Some(Address(*address?.get()?).network().to_string())
    };
    let entry = |event: Raw| {
        let network = network(&event);
        let Raw { position, stream: topic, id, kind, meta, recorded_at, .. } = event;
        let (place, command) = (Place { position, failure: 0 }, meta.command);
        let metadata = EventMetadata::new(position, kind, recorded_at, meta);
        Entry { place, metadata, topic, id, command, network }
    };
    Ok(events.into_iter().map(entry).collect())
}
