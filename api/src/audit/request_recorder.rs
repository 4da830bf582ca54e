//! Counts requests per API version and collects refusals in memory; a background task writes both to the
//! database.

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

/// How often what was recorded is written to the database.
const FLUSH_INTERVAL: Duration = Duration::from_secs(1);
/// At most so many refusals, and so many counters, are kept while the database is unavailable. Further
/// refusals are found in the log output only.
const MAX_PENDING: usize = 10_000;

/// Refusals and usage counts that are not in the database yet.
#[derive(Debug, Default)]
pub(crate) struct RequestRecorder(Mutex<Pending>);

#[derive(Debug, Default)]
struct Pending {
    refusals: Vec<DeniedRequest>,
    /// The number of requests by API version and client.
    usage: HashMap<(&'static str, Uuid), i64>,
}

/// A request that was answered with 403.
#[derive(Debug, Clone)]
pub(super) struct DeniedRequest {
    pub(super) actor: Uuid,
    pub(super) role: Role,
    pub(super) method: String,
    pub(super) path: String,
    /// The right that the caller lacks, if that was the reason.
    pub(super) missing_right: Option<String>,
    pub(super) network: Option<String>,
    pub(super) trace: Uuid,
}

impl RequestRecorder {
    /// The number of requests to each version, by all clients.
    #[cfg(test)]
    pub(crate) fn request_counts(&self) -> std::collections::BTreeMap<&'static str, i64> {
        let pending = self.0.lock().unwrap();
        pending.usage.iter().fold([].into(), |mut totals, ((version, _), count)| {
            *totals.entry(*version).or_default() += count;
            totals
        })
    }

    pub(super) fn count_request(&self, version: &'static str, client: Uuid) {
        let mut pending = self.pending();
        let key = (version, client);
        if pending.usage.contains_key(&key) || pending.usage.len() < MAX_PENDING {
            *pending.usage.entry(key).or_default() += 1;
        }
    }

    pub(super) fn record_denied_request(&self, refusal: DeniedRequest) {
        let mut pending = self.pending();
        if pending.refusals.len() < MAX_PENDING {
            pending.refusals.push(refusal);
        }
    }

    /// Writes what was recorded to the database every second until `stop`, and a last time then.
    pub(crate) async fn flush_until(&self, db: &PgPool, stop: impl Future<Output = ()> + Send) {
        let mut stop = std::pin::pin!(stop);
        loop {
            let stopped = tokio::select! {
                () = sleep(FLUSH_INTERVAL) => false,
                () = &mut stop => true,
            };
            let pending = mem::take(&mut *self.pending());
            if let Err(error) = flush(db, &pending).await {
                tracing::warn!("requests cannot be recorded: {error}");
                self.restore(pending);
            }
            if stopped {
                return;
            }
        }
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts back what could not be written.
    fn restore(&self, pending: Pending) {
        let mut current = self.pending();
        for (key, count) in pending.usage {
            *current.usage.entry(key).or_default() += count;
        }
        let mut refusals = pending.refusals;
        refusals.append(&mut current.refusals);
        refusals.truncate(MAX_PENDING);
        current.refusals = refusals;
    }
}

async fn flush(db: &PgPool, pending: &Pending) -> sqlx::Result<()> {
    if pending.refusals.is_empty() && pending.usage.is_empty() {
        return Ok(());
    }
    let texts =
        |of: fn(&DeniedRequest) -> String| pending.refusals.iter().map(of).collect::<Vec<_>>();
    let optional_texts = |of: fn(&DeniedRequest) -> Option<String>| {
        pending.refusals.iter().map(of).collect::<Vec<_>>()
    };
    let mut tx = event_store::begin(db).await?;
    sqlx::query(
        "insert into audit.refusals (actor, role, method, path, lacking, network, trace)
         select * from unnest(
            $1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[])",
    )
    .bind(pending.refusals.iter().map(|refusal| refusal.actor).collect::<Vec<_>>())
    .bind(texts(|refusal| role_name(refusal.role)))
    .bind(texts(|refusal| refusal.method.clone()))
    .bind(texts(|refusal| refusal.path.clone()))
    .bind(optional_texts(|refusal| refusal.missing_right.clone()))
    .bind(optional_texts(|refusal| refusal.network.clone()))
    .bind(pending.refusals.iter().map(|refusal| refusal.trace).collect::<Vec<_>>())
    .execute(&mut *tx)
    .await?;
    // The same order in every process, so that two never deadlock.
    let mut usage: Vec<_> = pending.usage.iter().collect();
    usage.sort_unstable();
    sqlx::query(
        "insert into audit.usage as u
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
fn role_name(role: Role) -> String {
    let name = serde_json::to_value(role).unwrap_or_default();
    name.as_str().unwrap_or_default().to_owned()
}
