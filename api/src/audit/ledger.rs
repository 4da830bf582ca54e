//! What is noted of every request, and written down in passing.

use std::{
    collections::HashMap,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::identity::Role;
use sqlx::PgPool;
use tokio::time::sleep;
use uuid::Uuid;

/// How often the ledger is written.
const PAUSE: Duration = Duration::from_secs(1);
/// More refusals, and more clients, than these are not remembered while the database is away; the log
/// has the refusals.
const MOST: usize = 10_000;
/// What is not written down yet.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<Notes>);

#[derive(Debug, Default)]
struct Notes {
    refusals: Vec<Refusal>,
    /// How many requests a client sent to a version of the API.
    usage: HashMap<(&'static str, Uuid), i64>,
}

/// A request that took a right which its caller has not.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) actor: Uuid,
    pub(super) role: Role,
    pub(super) method: String,
    pub(super) path: String,
    /// The right that is missing, if it was one.
    pub(super) lacking: Option<String>,
    pub(super) network: Option<String>,
    pub(super) trace: Uuid,
}

impl Ledger {
    /// How many requests came to each version, of all clients.
    #[cfg(test)]
    pub(crate) fn requests(&self) -> std::collections::BTreeMap<&'static str, i64> {
        let notes = self.0.lock().unwrap();
        notes.usage.iter().fold([].into(), |mut used, ((version, _), count)| {
            *used.entry(*version).or_default() += count;
            used
        })
    }

    /// Notes a request to a version of the API.
    pub(super) fn used(&self, version: &'static str, by: Uuid) {
        let mut notes = self.notes();
        let key = (version, by);
        if notes.usage.contains_key(&key) || notes.usage.len() < MOST {
            *notes.usage.entry(key).or_default() += 1;
        }
    }

    /// Notes a refusal.
    pub(super) fn refused(&self, refusal: Refusal) {
        let mut notes = self.notes();
        if notes.refusals.len() < MOST {
            notes.refusals.push(refusal);
        }
    }

    /// Writes the ledger down, until `stop` and once more.
    pub(crate) async fn keep(&self, db: &PgPool, stop: impl Future<Output = ()> + Send) {
        let mut stop = std::pin::pin!(stop);
        loop {
            let stopped = tokio::select! {
                () = sleep(PAUSE) => false,
                () = &mut stop => true,
            };
            let notes = mem::take(&mut *self.notes());
            if let Err(why) = write(db, &notes).await {
                tracing::warn!("the ledger cannot be written: {why}");
                self.back(notes);
            }
            if stopped {
                return;
            }
        }
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes back what could not be written.
    fn back(&self, notes: Notes) {
        let mut present = self.notes();
        for (key, count) in notes.usage {
            *present.usage.entry(key).or_default() += count;
        }
        let mut refusals = notes.refusals;
        refusals.append(&mut present.refusals);
        refusals.truncate(MOST);
        present.refusals = refusals;
    }
}

async fn write(db: &PgPool, notes: &Notes) -> sqlx::Result<()> {
    if notes.refusals.is_empty() && notes.usage.is_empty() {
        return Ok(());
    }
    let column = |of: fn(&Refusal) -> String| notes.refusals.iter().map(of).collect::<Vec<_>>();
    let some =
        |of: fn(&Refusal) -> Option<String>| notes.refusals.iter().map(of).collect::<Vec<_>>();
    let mut tx = db.begin().await?;
    sqlx::query(
        "insert into edge.refusals (actor, role, method, path, lacking, network, trace)
         select * from unnest(
            $1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[])",
    )
    .bind(notes.refusals.iter().map(|refusal| refusal.actor).collect::<Vec<_>>())
    .bind(column(|refusal| name(refusal.role)))
    .bind(column(|refusal| refusal.method.clone()))
    .bind(column(|refusal| refusal.path.clone()))
    .bind(some(|refusal| refusal.lacking.clone()))
    .bind(some(|refusal| refusal.network.clone()))
    .bind(notes.refusals.iter().map(|refusal| refusal.trace).collect::<Vec<_>>())
    .execute(&mut *tx)
    .await?;
    // In one order in every process, so that two never wait for each other.
    let mut usage: Vec<_> = notes.usage.iter().collect();
    usage.sort_unstable();
    sqlx::query(
        "insert into edge.usage as u
         select (now() at time zone 'UTC')::date, version, client, requests
         from unnest($1::text[], $2::uuid[], $3::bigint[]) as n (version, client, requests)
         on conflict (day, version, client) do update
         set requests = u.requests + excluded.requests",
    )
    .bind(usage.iter().map(|((version, _), _)| *version).collect::<Vec<_>>())
    .bind(usage.iter().map(|((_, client), _)| *client).collect::<Vec<_>>())
    .bind(usage.iter().map(|(_, count)| **count).collect::<Vec<_>>())
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}

/// `support_agent`
fn name(role: Role) -> String {
    let name = serde_json::to_value(role).unwrap_or_default();
    name.as_str().unwrap_or_default().to_owned()
}
