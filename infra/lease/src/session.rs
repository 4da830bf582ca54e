//! The session that holds the leases of a process.

use std::{collections::HashMap, future::Future};

use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use tokio::{
    select,
    sync::mpsc::{UnboundedReceiver, WeakUnboundedSender},
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::{EXPIRY, Lease, Leases, POLL_INTERVAL, Request, TIMEOUT, with_dead_client_detection};

/// Holds leases until nobody can ask for one any more and all are released. When it fails, all are lost.
pub(super) struct Session {
    database: PgConnectOptions,
    connection: Option<PgConnection>,
    /// By name, with their numbers. Postgres would grant a session the same lock twice.
    held: HashMap<String, (u64, CancellationToken)>,
    /// The number of the newest lease.
    number: u64,
    requests: WeakUnboundedSender<Request>,
}

impl Session {
    pub(super) fn new(database: &PgConnectOptions, requests: WeakUnboundedSender<Request>) -> Self {
        let (database, held) = (database.clone(), HashMap::new());
        Self { database, connection: None, held, number: 0, requests }
    }

    /// Answers requests, and keeps the session alive.
    pub(super) async fn run(mut self, mut requests: UnboundedReceiver<Request>) {
        let mut heartbeat = interval(POLL_INTERVAL);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let outcome = select! {
                request = requests.recv() => match request {
                    Some(request) => self.answer(request).await,
                    None => return,
                },
                _ = heartbeat.tick() => self.ping().await,
            };
            if let Err(why) = outcome {
                self.lose_all(&why);
                // Whoever waits asks again; one timeout is enough for all of them.
                while let Ok(request) = requests.try_recv() {
                    if let Request::Acquire { answer, .. } = request {
                        let _ = answer.send(Err(unreachable(&why)));
                    }
                }
            }
        }
    }

    /// Fails with the reason why the session is lost.
    async fn answer(&mut self, request: Request) -> Result<(), String> {
        match request {
            Request::Acquire { answer, .. } if answer.is_closed() => Ok(()),
            Request::Acquire { name, answer } => {
                let acquired = self.try_acquire(name).await;
                let outcome = acquired.as_ref().map(drop).map_err(ToString::to_string);
                let _ = answer.send(acquired);
                outcome
            }
            Request::Release { name, number } => {
                // One that was lost may be somebody else's by now.
                if self.held.get(&name).is_none_or(|(held, _)| *held != number) {
                    return Ok(());
                }
                self.held.remove(&name);
                let Some(connection) = &mut self.connection else { return Ok(()) };
                release(connection, &name).await.map_err(|why| why.to_string())
            }
        }
    }

    async fn try_acquire(&mut self, name: String) -> sqlx::Result<Option<Lease>> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(connect(&self.database).await?),
        };
        let (false, Some(requests)) = (self.held.contains_key(&name), self.requests.upgrade())
        else {
            return Ok(None);
        };
        if !acquire(connection, &name).await? {
            return Ok(None);
        }
        self.number += 1;
        let (number, lost, leases) = (self.number, CancellationToken::new(), Leases(requests));
        self.held.insert(name.clone(), (number, lost.clone()));
        Ok(Some(Lease { name, number, lost, leases }))
    }

    async fn ping(&mut self) -> Result<(), String> {
        let Some(connection) = &mut self.connection else { return Ok(()) };
        with_timeout(connection.ping()).await.map_err(|why| why.to_string())
    }

    fn lose_all(&mut self, why: &str) {
        self.connection = None;
        for (name, (_, lost)) in self.held.drain() {
            warn!(name, "a lease is lost: {why}");
            lost.cancel();
        }
    }
}

async fn connect(database: &PgConnectOptions) -> sqlx::Result<PgConnection> {
    // The session is never idle for long: if it is, its process is gone.
    let expiry = format!("{}ms", EXPIRY.as_millis());
    let database = with_dead_client_detection(database.clone())
        .options([("idle_session_timeout", expiry.as_str()), ("lock_timeout", "5s")]);
    with_timeout(PgConnection::connect_with(&database)).await
}

async fn acquire(session: &mut PgConnection, name: &str) -> sqlx::Result<bool> {
    // For tests: the work must be safe when two processes have the lease.
    fail::fail_point!("lease.skip", |_| Ok(true));
    let acquire = "select pg_try_advisory_lock(hashtextextended('servicebook/' || $1, 0))";
    with_timeout(sqlx::query_scalar(acquire).bind(name).fetch_one(session)).await
}

async fn release(session: &mut PgConnection, name: &str) -> sqlx::Result<()> {
    let release = "select pg_advisory_unlock(hashtextextended('servicebook/' || $1, 0))";
    with_timeout(sqlx::query(release).bind(name).execute(session)).await.map(drop)
}

async fn with_timeout<T>(query: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    let silent = |_| Err(unreachable("the database does not answer"));
    timeout(TIMEOUT, query).await.unwrap_or_else(silent)
}

pub(super) fn unreachable(why: &str) -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::other(why))
}
