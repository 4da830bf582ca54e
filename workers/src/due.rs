//! A periodic task does its work for one due aggregate after the other; one that fails is parked.

use std::{collections::HashMap, time::Duration};

use commands::TransientError;
use domain::{Decider, Id};
use projections::{FailedStream, ParkedStream};
use sqlx::PgPool;
use tokio::time::sleep;
use uuid::Uuid;

use crate::{PermanentFailure, Task, checkpoint::consumer_name, panics::catch_panic};

/// The pauses after which a failed aggregate is tried again. After the last one it is parked. They are
/// short, since the next window waits for them.
const RETRY_PAUSES: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(500)];

/// Does a task's work for each of the aggregates that are due, parked ones included. One that fails in
/// a way that may pass is tried again after the others. If it still fails it is parked and tried again
/// when its pause is over; the others do not wait for it. Fails if something else than an aggregate is
/// at fault (no database, no room): then the whole window comes again.
pub async fn for_each_due<T: Task, D: Decider, F: Future<Output = anyhow::Result<()>> + Send>(
    db: &PgPool,
    ids: Vec<Id<D>>,
    work: impl Fn(Id<D>) -> F + Send + Sync,
) -> anyhow::Result<()> {
    let consumer = consumer_name(T::NAME);
    let parked = ParkedStream::of_consumer(&mut *db.acquire().await?, &consumer).await?;
    let mut parked: HashMap<Uuid, ParkedStream> = parked
        .into_iter()
        .filter(|parked| parked.stream == D::NAME)
        .map(|parked| (parked.id, parked))
        .collect();
    let time = database_now(db).await?;
    let is_waiting = |parked: &ParkedStream| parked.next_at.is_none_or(|next| next > time);
    let mut pending = Vec::new();
    for id in ids {
        let parked_before = parked.remove(&id.uuid());
        if !parked_before.as_ref().is_some_and(is_waiting) {
            pending.push((id, parked_before));
        }
    }
    // What is not due any more need not be parked.
    for not_due in parked.into_values() {
        not_due.release(&mut *db.acquire().await?).await?;
    }
    let mut pauses = RETRY_PAUSES.iter();
    while !pending.is_empty() {
        let (pause, mut retries) = (pauses.next(), Vec::new());
        for (id, parked_before) in pending {
            let Err(why) = catch_panic(work(id)).await else {
                if let Some(parked_before) = parked_before {
                    parked_before.release(&mut *db.acquire().await?).await?;
                }
                continue;
            };
            // Nothing is wrong with the aggregate: the whole window comes again.
            if TransientError::is_cause_of(&why) {
                return Err(why);
            }
            if pause.is_some() && parked_before.is_none() && !PermanentFailure::is_cause_of(&why) {
                tracing::debug!(task = T::NAME, %id, "trying again in {pause:?}: {why:#}");
                retries.push((id, parked_before));
                continue;
            }
            let failed = failure_of::<D>(db, id, &why).await?;
            tracing::error!(task = T::NAME, ?failed, "an aggregate is parked");
            failed.park(&mut *db.acquire().await?, &consumer).await?;
        }
        if let Some(pause) = pause.filter(|_| !retries.is_empty()) {
            sleep(*pause).await;
        }
        pending = retries;
    }
    Ok(())
}

/// The failure, placed at the last event of its aggregate.
async fn failure_of<D: Decider>(
    db: &PgPool,
    id: Id<D>,
    why: &anyhow::Error,
) -> sqlx::Result<FailedStream> {
    let last_event = event_store::last_position_and_version(db, D::NAME, id.uuid()).await?;
    let (position, version) = last_event.unwrap_or_default();
    let (stream, error) = (D::NAME.to_owned(), format!("{why:#}"));
    Ok(FailedStream {
        stream,
        id: id.uuid(),
        position,
        version,
        error,
        permanent: PermanentFailure::is_cause_of(why),
    })
}

async fn database_now(db: &PgPool) -> sqlx::Result<chrono::DateTime<chrono::Utc>> {
    sqlx::query_scalar("select clock_timestamp()").fetch_one(db).await
}
