//! What is noted of every request, and written down in passing.

use std::{
    collections::HashMap,
    mem,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::{
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::Response,
};
use domain::identity::Role;
use sqlx::PgPool;
use tokio::time::sleep;
use uuid::Uuid;

use crate::{App, contexts::Version, edge::Address, trace};

/// How often the ledger is written.
const PAUSE: Duration = Duration::from_secs(1);
/// More refusals, and more clients, than these are not remembered while the database is away; the log
/// has the refusals.
const MOST: usize = 10_000;
/// No path of ours is longer.
const LONGEST: usize = 300;

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
struct Refusal {
    actor: Uuid,
    role: Role,
    method: String,
    path: String,
    lacking: Option<String>,
    network: Option<String>,
    trace: Uuid,
}

/// Marks an answer as a refusal, with the right that is missing.
#[derive(Debug, Clone)]
pub(crate) struct Lacking(pub(crate) String);

/// Notes who asked, and whether he was refused.
pub(crate) async fn noted(
    State((app, versions)): State<(App, &'static [Version])>,
    request: Request,
    next: Next,
) -> Response {
    let method = request.method().as_str().to_owned();
    let path = request.uri().path().to_owned();
    let address = request.extensions().get::<Address>().copied();
    let response = next.run(request).await;
    let Some(trace) = trace::current() else { return response };
    let (actor, role) = trace.caller();
    let mut notes = app.ledger.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(Version { name, .. }) = versions.iter().find(|version| version.answers(&path)) {
        let known = notes.usage.contains_key(&(name, actor));
        if known || notes.usage.len() < MOST {
            *notes.usage.entry((name, actor)).or_default() += 1;
        }
    }
    if response.status() == StatusCode::FORBIDDEN {
        let lacking = response.extensions().get::<Lacking>().map(|lacking| lacking.0.clone());
        tracing::info!(%actor, method, path, lacking, "refused");
        if notes.refusals.len() < MOST {
            notes.refusals.push(Refusal {
                actor,
                role,
                method,
                path: path.chars().take(LONGEST).collect(),
                lacking,
                network: address.map(|address| address.network().to_string()),
                trace: trace.correlation,
            });
        }
    }
    drop(notes);
    response
}

/// Writes the ledger down, until `stop` and once more.
pub async fn keep(app: App, stop: impl Future<Output = ()> + Send) {
    let mut stop = std::pin::pin!(stop);
    loop {
        let stopped = tokio::select! {
            () = sleep(PAUSE) => false,
            () = &mut stop => true,
        };
        let notes = mem::take(&mut *app.ledger.0.lock().unwrap_or_else(PoisonError::into_inner));
        if let Err(why) = write(&app.db, &notes).await {
            tracing::warn!("the ledger cannot be written: {why}");
            app.ledger.back(notes);
        }
        if stopped {
            return;
        }
    }
}

impl Ledger {
    /// How many requests came to each version, of all clients.
    #[cfg(test)]
    pub(crate) fn used(&self) -> std::collections::BTreeMap<&'static str, i64> {
        let notes = self.0.lock().unwrap();
        notes.usage.iter().fold([].into(), |mut used, ((version, _), count)| {
            *used.entry(*version).or_default() += count;
            used
        })
    }

    /// Takes back what could not be written.
    fn back(&self, notes: Notes) {
        let mut present = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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
