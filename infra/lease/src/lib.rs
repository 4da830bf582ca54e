//! Leases: what only one process may do at a time takes a lease. One Postgres session holds all leases of
//! a process, as advisory locks.
//!
//! A lease ends with its holder. If the process is killed, the server sees the connection close. If it
//! is frozen, or cut off from the network, it sends no heartbeat: the server ends its session after
//! [`EXPIRY`], and another process gets the lease. The holder checks every [`POLL_INTERVAL`] whether it still has
//! it.
//!
//! **Invariant:** two holders may still overlap for a moment (a frozen process that resumes does not know
//! yet that it was replaced), so the work must be safe against that.

mod session;

use std::{future::Future, time::Duration};

use sqlx::postgres::PgConnectOptions;
use tokio::{
    select, spawn,
    sync::{mpsc, oneshot},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use self::session::{Session, unreachable};

/// How often a holder sends a heartbeat, and waiting processes check whether the lease is free.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// After how long a holder without a heartbeat is replaced.
pub const EXPIRY: Duration = Duration::from_secs(10);
/// How long connecting, or any query, may take. Shorter than [`EXPIRY`], so that a
/// holder that gets no answer stops before somebody else begins.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The leases of one process, held by one session. Cheap to clone; the session ends with the last clone
/// and the last lease.
#[derive(Clone, Debug)]
pub struct Leases(mpsc::UnboundedSender<Request>);

/// The right to be the only one that does something, as long as it is not dropped.
#[derive(Debug)]
pub struct Lease {
    name: String,
    /// Which of the leases of this name it is, one after the other.
    number: u64,
    lost: CancellationToken,
    leases: Leases,
}

#[derive(Debug)]
enum Request {
    Acquire { name: String, answer: oneshot::Sender<sqlx::Result<Option<Lease>>> },
    Release { name: String, number: u64 },
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

impl Leases {
    /// The session connects when the first lease is asked for. Needs a tokio runtime.
    pub fn new(database: &PgConnectOptions) -> Self {
        let (sender, requests) = mpsc::unbounded_channel();
        spawn(Session::new(database, sender.downgrade()).run(requests));
        Self(sender)
    }

    /// Acquires a lease if nobody has it.
    pub async fn try_acquire(&self, name: &str) -> sqlx::Result<Option<Lease>> {
        let (answer, answered) = oneshot::channel();
        let _ = self.0.send(Request::Acquire { name: name.to_owned(), answer });
        answered.await.unwrap_or_else(|_| Err(unreachable("the session has ended")))
    }

    /// Acquires a lease; waits while somebody else has it.
    pub async fn acquire(&self, name: &str) -> sqlx::Result<Lease> {
        if let Some(lease) = self.try_acquire(name).await? {
            return Ok(lease);
        }
        info!(name, "another process does this; standing by");
        loop {
            sleep(POLL_INTERVAL).await;
            if let Some(lease) = self.try_acquire(name).await? {
                return Ok(lease);
            }
        }
    }

    /// Runs some work as long as this process has the lease, until `stop`. When the lease is lost the
    /// token of the work is cancelled, and the work starts again once the lease was acquired again.
    pub async fn run_as_leader<W: Future<Output = ()> + Send>(
        &self,
        name: &str,
        stop: CancellationToken,
        work: impl Fn(CancellationToken) -> W + Send,
    ) {
        while !stop.is_cancelled() {
            match stop.run_until_cancelled(self.acquire(name)).await {
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
}

impl Lease {
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

impl Drop for Lease {
    fn drop(&mut self) {
        let (name, number) = (std::mem::take(&mut self.name), self.number);
        let _ = self.leases.0.send(Request::Release { name, number });
    }
}
