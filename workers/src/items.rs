//! The things that a task of the clock does one by one.

use std::collections::HashMap;

use domain::{Decider, Id};
use projections::{Failed, Parked};
use sqlx::PgPool;
use uuid::Uuid;

use crate::{Permanent, Task, checkpoint::qualified};

/// Does a task's work for each of these aggregates. One for which it fails is parked and comes again
/// later, when the pause is over; it keeps none of the others waiting.
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
    for id in ids {
        let former = parked.remove(&id.uuid());
        if former.as_ref().is_some_and(waits) {
            continue;
        }
        match work(id).await {
            Ok(()) => {
                if let Some(former) = former {
                    former.release(&mut *db.acquire().await?).await?;
                }
            }
            Err(why) => {
                let failed = failed::<D>(db, id, &why).await?;
                tracing::error!(task = T::NAME, ?failed, "an aggregate is parked");
                failed.park(&mut *db.acquire().await?, &consumer).await?;
            }
        }
    }
    // What is not due any more waits for nothing.
    for gone in parked.into_values().filter(|parked| !waits(parked)) {
        gone.release(&mut *db.acquire().await?).await?;
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
