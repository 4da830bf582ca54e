//! Permits for what takes a core for long: a few at a time, and nobody waits for ever.

use std::time::Duration;

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

/// How long a request waits for a permit.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// What one process does of a kind at once.
#[derive(Debug)]
pub struct ConcurrencyLimit(Semaphore);

/// Too many ask for the same: the request waited in vain.
#[derive(Debug, Clone, Copy)]
pub struct Busy;

impl ConcurrencyLimit {
    /// So many at once.
    #[must_use]
    pub const fn new(count: usize) -> Self {
        Self(Semaphore::const_new(count))
    }

    /// Waits for one; it is given back when it is dropped.
    pub async fn acquire(&self) -> Result<SemaphorePermit<'_>, Busy> {
        timeout(MAX_WAIT, self.0.acquire()).await.ok().and_then(Result::ok).ok_or(Busy)
    }
}
