//! The things that a task of the clock does one by one.

use std::{collections::HashMap, time::Duration};

use commands::Passing;
use domain::{Decider, Id};
use projections::{Failed, Parked};
use sqlx::PgPool;
use tokio::time::sleep;
use uuid::Uuid;

use crate::{Permanent, Task, checkpoint::qualified, panics::caught};

/// How long after each failure the same aggregate is tried again. After the last it is parked. The
/// next window waits for that, so it is not for long.
const AGAIN: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(500)];

/// Does a task's work for each of these aggregates: all that are due, what is parked as well. One for
/// which it fails in a way that may pass is tried again after the others. If it still fails it is
/// parked and comes again later, when the pause is over; it keeps none of the others waiting.
pub async fn each<T: Task, D: Decider, F: Future<Output = anyhow::Result<()>> + Send>(
    db: &PgPool,
    ids: Vec<Id<D>>,
    work: impl Fn(Id<D>) -> F + Send + Sync,
) -> anyhow::Result<()> {
    let consumer = qualified(T::NAME);
    let parked = Parked::of(&mut *db.acquire().await?, &consumer).await?;
    let mut parked: HashMap<Uuid, Parked> = parked
        .into_iter()
        .filter(|parked| parked.stream == D::NAME)
        .map(|parked| (parked.id, parked))
        .collect();
    let now = now(db).await?;
    let waits = |parked: &Parked| parked.next_at.is_none_or(|next| next > now);
    let mut left = Vec::new();
    for id in ids {
        let former = parked.remove(&id.uuid());
        if !former.as_ref().is_some_and(waits) {
            left.push((id, former));
        }
    }
    // What is not due any more waits for nothing.
    for gone in parked.into_values() {
        gone.release(&mut *db.acquire().await?).await?;
    }
    let mut pauses = AGAIN.iter();
    while !left.is_empty() {
        let (pause, mut again) = (pauses.next(), Vec::new());
        for (id, former) in left {
            let Err(why) = caught(work(id)).await else {
                if let Some(former) = former {
                    former.release(&mut *db.acquire().await?).await?;
                }
                continue;
            };
            // Nothing is wrong with it: the whole window comes again.
            if Passing::is(&why) {
                return Err(why);
            }
            if pause.is_some() && former.is_none() && !Permanent::is(&why) {
                tracing::debug!(task = T::NAME, %id, "trying again in {pause:?}: {why:#}");
                again.push((id, former));
                continue;
            }
            let failed = failed::<D>(db, id, &why).await?;
            tracing::error!(task = T::NAME, ?failed, "an aggregate is parked");
            failed.park(&mut *db.acquire().await?, &consumer).await?;
        }
        if let Some(pause) = pause.filter(|_| !again.is_empty()) {
            sleep(*pause).await;
        }
        left = again;
    }
    Ok(())
}

async fn failed<D: Decider>(db: &PgPool, id: Id<D>, why: &anyhow::Error) -> sqlx::Result<Failed> {
    let last: Option<(i64, i32)> = sqlx::query_as(
        "select position, version from event_store.events where stream = $1 and id = $2
         order by version desc limit 1",
    )
    .bind(D::NAME)
    .bind(id.uuid())
    .fetch_optional(db)
    .await?;
    let (position, version) = last.unwrap_or_default();
    let (stream, error) = (D::NAME.to_owned(), format!("{why:#}"));
    Ok(Failed { stream, id: id.uuid(), position, version, error, permanent: Permanent::is(why) })
}

async fn now(db: &PgPool) -> sqlx::Result<chrono::DateTime<chrono::Utc>> {
    sqlx::query_scalar("select clock_timestamp()").fetch_one(db).await
}
