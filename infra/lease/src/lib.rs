//! Leases: what only one process may do at a time takes a lease, held by a Postgres session.
//!
//! A lease ends with its holder. If the process is killed, the server sees the connection close. If it
//! is frozen, or cut off from the network, it sends no heartbeat: the server ends its session after
//! [`EXPIRY`], and another process gets the lease. The holder checks every [`POLL_INTERVAL`] whether it still has
//! it.
//!
//! **Invariant:** two holders may still overlap for a moment (a frozen process that resumes does not know
//! yet that it was replaced), so the work must be safe against that.

use std::{future::Future, time::Duration};

use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use tokio::{
    select, spawn,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use tracing::{info, warn};

/// How often a holder sends a heartbeat, and waiting processes check whether the lease is free.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// After how long a holder without a heartbeat is replaced.
pub const EXPIRY: Duration = Duration::from_secs(10);
/// How long connecting, or any query, may take. Shorter than [`EXPIRY`], so that a
/// holder that gets no answer stops before somebody else begins.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The right to be the only process that does something, as long as it is not dropped.
#[derive(Debug)]
pub struct Lease {
    name: String,
    lost: CancellationToken,
    _heartbeat: AbortOnDropHandle<()>,
}

/// A lease ended before the work that needed it.
#[derive(Debug)]
pub struct LeaseLost {
    name: String,
}

impl std::fmt::Display for LeaseLost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the lease {} is lost", self.name)
    }
}

impl std::error::Error for LeaseLost {}

impl From<LeaseLost> for sqlx::Error {
    fn from(lost: LeaseLost) -> Self {
        Self::Io(std::io::Error::other(lost))
    }
}

/// Makes the server end the session of a client that died without closing its connection. For every
/// connection that holds locks or writes. All settings are those of the client, so it works on any
/// Postgres.
pub fn with_dead_client_detection(database: PgConnectOptions) -> PgConnectOptions {
    database.options([
        ("tcp_keepalives_idle", "5"),
        ("tcp_keepalives_interval", "2"),
        ("tcp_keepalives_count", "3"),
        // Milliseconds that sent data may stay unacknowledged.
        ("tcp_user_timeout", "10000"),
        // No transaction of ours is idle that long.
        ("idle_in_transaction_session_timeout", "5min"),
    ])
}

impl Lease {
    /// Acquires a lease if no other process has it.
    pub async fn try_acquire(
        database: &PgConnectOptions,
        name: &str,
    ) -> sqlx::Result<Option<Self>> {
        let mut session = connect(database).await?;
        Ok(acquire(&mut session, name).await?.then(|| Self::hold(session, name)))
    }

    /// Acquires a lease; waits while another process has it.
    pub async fn acquire(database: &PgConnectOptions, name: &str) -> sqlx::Result<Self> {
        let mut session = connect(database).await?;
        if !acquire(&mut session, name).await? {
            info!(name, "another process does this; standing by");
            while !acquire(&mut session, name).await? {
                sleep(POLL_INTERVAL).await;
            }
        }
        Ok(Self::hold(session, name))
    }

    fn hold(mut session: PgConnection, name: &str) -> Self {
        let lost = CancellationToken::new();
        let (lost_token, lease_name) = (lost.clone(), name.to_owned());
        let heartbeat = async move {
            loop {
                sleep(POLL_INTERVAL).await;
                if let Err(why) = with_timeout(session.ping()).await {
                    warn!(name = lease_name, "a lease is lost: {why}");
                    return lost_token.cancel();
                }
            }
        };
        Self { name: name.to_owned(), lost, _heartbeat: AbortOnDropHandle::new(spawn(heartbeat)) }
    }

    /// Waits until it is lost.
    pub async fn wait_until_lost(&self) {
        self.lost.cancelled().await;
    }

    /// Runs some work as long as the lease lasts; when it is lost the work is dropped.
    pub async fn run_while_held<T>(&self, work: impl Future<Output = T>) -> Result<T, LeaseLost> {
        let done = self.lost.run_until_cancelled(work).await;
        done.ok_or_else(|| LeaseLost { name: self.name.clone() })
    }
}

/// Runs some work as long as this process has the lease, until `stop`. When the lease is lost the token
/// of the work is cancelled, and the work starts again once the lease was acquired again.
pub async fn run_as_leader<W: Future<Output = ()> + Send>(
    database: &PgConnectOptions,
    name: &str,
    stop: CancellationToken,
    work: impl Fn(CancellationToken) -> W + Send,
) {
    while !stop.is_cancelled() {
        match stop.run_until_cancelled(Lease::acquire(database, name)).await {
            Some(Ok(lease)) => {
                info!(name, "working");
                let work_stop = stop.child_token();
                let mut work = Box::pin(work(work_stop.clone()));
                select! {
                    () = &mut work => {}
                    () = lease.wait_until_lost() => {
                        work_stop.cancel();
                        if timeout(TIMEOUT, work).await.is_err() {
                            warn!(name, "what was lost did not come to an end in time");
                        }
                    }
                }
            }
            Some(Err(why)) => warn!(name, "the lease cannot be acquired, trying again: {why}"),
            None => return,
        }
        stop.run_until_cancelled(sleep(POLL_INTERVAL)).await;
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

async fn with_timeout<T>(query: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    timeout(TIMEOUT, query).await.unwrap_or_else(|_| {
        Err(sqlx::Error::Io(std::io::Error::other("the database does not answer")))
    })
}
