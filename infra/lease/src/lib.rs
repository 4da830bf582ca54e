//! What only one process may do at a time: the right to do it is a lease, held by a Postgres session.
//!
//! A lease ends with its holder, however that ends. Of a process that was killed the server sees the
//! connection close. One that is frozen, or cut off from the network, no longer says that it is there:
//! the server ends its session after [`EXPIRY`], and somebody else gets the lease. The holder asks every
//! [`LOOK`] whether it still has it.
//!
//! **Invariant:** two may still overlap for a moment (a frozen process that thaws does not know yet that
//! it was replaced), which the work must bear.

use std::{future::Future, time::Duration};

use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use tokio::{
    select, spawn,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use tracing::{info, warn};

/// How often a holder shows that it is there, and those who wait look whether the lease is free.
const LOOK: Duration = Duration::from_millis(500);
/// After how long a holder that showed nothing is replaced.
pub const EXPIRY: Duration = Duration::from_secs(10);
/// How long connecting, or any question to the server, may take. Shorter than [`EXPIRY`], so that a
/// holder that gets no answer stops before somebody else begins.
const PATIENCE: Duration = Duration::from_secs(5);

/// The right to be the only one who does something, as long as it is kept.
#[derive(Debug)]
pub struct Lease {
    name: String,
    lost: CancellationToken,
    _keeper: AbortOnDropHandle<()>,
}

/// A lease ended before the work that needed it.
#[derive(Debug)]
pub struct Lost {
    name: String,
}

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the lease {} is lost", self.name)
    }
}

impl std::error::Error for Lost {}

impl From<Lost> for sqlx::Error {
    fn from(lost: Lost) -> Self {
        Self::Io(std::io::Error::other(lost))
    }
}

/// Ends the sessions of clients that died without a word: what a connection that holds locks, or
/// writes, asks of the server. All of it is settled by the client, so it works on any Postgres.
pub fn watched(database: PgConnectOptions) -> PgConnectOptions {
    database.options([
        ("tcp_keepalives_idle", "5"),
        ("tcp_keepalives_interval", "2"),
        ("tcp_keepalives_count", "3"),
        // Milliseconds that what was sent may stay without an answer.
        ("tcp_user_timeout", "10000"),
        // Nobody thinks that long in the middle of a transaction.
        ("idle_in_transaction_session_timeout", "5min"),
    ])
}

impl Lease {
    /// Takes a lease if nobody has it.
    pub async fn try_take(database: &PgConnectOptions, name: &str) -> sqlx::Result<Option<Self>> {
        let mut session = connect(database).await?;
        Ok(take(&mut session, name).await?.then(|| Self::keep(session, name)))
    }

    /// Waits until nobody else has it.
    pub async fn take(database: &PgConnectOptions, name: &str) -> sqlx::Result<Self> {
        let mut session = connect(database).await?;
        if !take(&mut session, name).await? {
            info!(name, "another process does this; standing by");
            while !take(&mut session, name).await? {
                sleep(LOOK).await;
            }
        }
        Ok(Self::keep(session, name))
    }

    fn keep(mut session: PgConnection, name: &str) -> Self {
        let lost = CancellationToken::new();
        let (told, called) = (lost.clone(), name.to_owned());
        let keeper = async move {
            loop {
                sleep(LOOK).await;
                if let Err(why) = within(session.ping()).await {
                    warn!(name = called, "a lease is lost: {why}");
                    return told.cancel();
                }
            }
        };
        Self { name: name.to_owned(), lost, _keeper: AbortOnDropHandle::new(spawn(keeper)) }
    }

    /// Waits until it is lost.
    pub async fn lost(&self) {
        self.lost.cancelled().await;
    }

    /// Does some work as long as the lease lasts; when it is lost the work is dropped.
    pub async fn during<T>(&self, work: impl Future<Output = T>) -> Result<T, Lost> {
        let done = self.lost.run_until_cancelled(work).await;
        done.ok_or_else(|| Lost { name: self.name.clone() })
    }
}

/// Does some work whenever no other process does, until `stop`. The work is told to end when the
/// lease is lost as well, and is begun anew once it was taken again.
pub async fn lead<W: Future<Output = ()> + Send>(
    database: &PgConnectOptions,
    name: &str,
    stop: CancellationToken,
    work: impl Fn(CancellationToken) -> W + Send,
) {
    while !stop.is_cancelled() {
        match stop.run_until_cancelled(Lease::take(database, name)).await {
            Some(Ok(lease)) => {
                info!(name, "working");
                let working = stop.child_token();
                let mut work = Box::pin(work(working.clone()));
                select! {
                    () = &mut work => {}
                    () = lease.lost() => {
                        working.cancel();
                        if timeout(PATIENCE, work).await.is_err() {
                            warn!(name, "what was lost did not come to an end in time");
                        }
                    }
                }
            }
            Some(Err(why)) => warn!(name, "cannot be sure to be alone, trying again: {why}"),
            None => return,
        }
        stop.run_until_cancelled(sleep(LOOK)).await;
    }
}

async fn connect(database: &PgConnectOptions) -> sqlx::Result<PgConnection> {
    // It asks nothing that takes time: whoever is silent is not there.
    let expiry = format!("{}ms", EXPIRY.as_millis());
    let database = watched(database.clone())
        .options([("idle_session_timeout", expiry.as_str()), ("lock_timeout", "5s")]);
    within(PgConnection::connect_with(&database)).await
}

async fn take(session: &mut PgConnection, name: &str) -> sqlx::Result<bool> {
    // For tests: whatever must be alone has to bear that it is not.
    fail::fail_point!("lease.not_asked", |_| Ok(true));
    let take = "select pg_try_advisory_lock(hashtextextended('servicebook/' || $1, 0))";
    within(sqlx::query_scalar(take).bind(name).fetch_one(session)).await
}

async fn within<T>(answer: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    timeout(PATIENCE, answer).await.unwrap_or_else(|_| {
        Err(sqlx::Error::Io(std::io::Error::other("the database does not answer")))
    })
}
