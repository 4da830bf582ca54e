//! Limits on connections: their number, in all and from each client, and how long each may
//! stay silent.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use crate::ingress::{ClientAddress, TrustedProxies};

/// How long a client may take to send its first byte.
const FIRST_BYTE: Duration = Duration::from_secs(10);
/// How long a client may take for the head of a request, the first one of a connection or a later one.
/// A gateway closes its idle connections earlier.
const HEAD: Duration = Duration::from_secs(30);
/// How long a client may take nothing of an answer; what waits for it is held in memory.
const WRITE: Duration = Duration::from_mins(1);

/// The limits and counts of the connections of one process, over all its sockets.
#[derive(Debug)]
pub struct ConnectionLimits {
    max_total: usize,
    max_per_client: usize,
    /// These connect for many clients, so only the total limit applies to them.
    proxies: TrustedProxies,
    open: AtomicUsize,
    per_client: Mutex<HashMap<IpAddr, usize>>,
    /// How long the first byte, and how long the head of a request, may take.
    pub(super) first_byte: Duration,
    pub(super) head: Duration,
    /// How long nothing may be taken of what is written.
    pub(super) write: Duration,
}

/// Counts a connection until it is dropped.
#[derive(Debug)]
pub(super) struct ConnectionPermit {
    limits: Arc<ConnectionLimits>,
    client: Option<IpAddr>,
}

impl ConnectionLimits {
    /// At most so many connections, and so many of one client (an IPv4 address, or a /64 of
    /// IPv6). Trusted proxies are limited by the total only.
    pub fn new(max_total: usize, max_per_client: usize, proxies: TrustedProxies) -> Arc<Self> {
        Self::with_timeouts(max_total, max_per_client, proxies, [FIRST_BYTE, HEAD, WRITE])
    }

    pub(super) fn with_timeouts(
        max_total: usize,
        max_per_client: usize,
        proxies: TrustedProxies,
        [first_byte, head, write]: [Duration; 3],
    ) -> Arc<Self> {
        let (open, per_client) = (AtomicUsize::new(0), Mutex::default());
        Arc::new(Self {
            max_total,
            max_per_client,
            proxies,
            open,
            per_client,
            first_byte,
            head,
            write,
        })
    }

    /// A permit for a connection from an address; `None` at a limit.
    pub(super) fn try_acquire(self: &Arc<Self>, peer: IpAddr) -> Option<ConnectionPermit> {
        let open = self.open.fetch_add(1, Ordering::Relaxed);
        // From here on dropping it releases the count.
        let mut permit = ConnectionPermit { limits: Arc::clone(self), client: None };
        if open >= self.max_total {
            return None;
        }
        if !self.proxies.trusts(peer.to_canonical()) {
            let client = ClientAddress(peer).rate_limit_key();
            let mut per_client = self.per_client.lock().unwrap_or_else(PoisonError::into_inner);
            let count = per_client.entry(client).or_insert(0);
            if *count >= self.max_per_client {
                return None;
            }
            *count += 1;
            permit.client = Some(client);
        }
        Some(permit)
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        self.limits.open.fetch_sub(1, Ordering::Relaxed);
        let Some(client) = self.client else { return };
        let mut per_client = self.limits.per_client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = per_client.get_mut(&client) {
            *count -= 1;
            if *count == 0 {
                per_client.remove(&client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscriber_holds_its_share_and_all_together_no_more_than_there_is() {
        let limits = ConnectionLimits::new(16, 2, "10.0.0.1".parse().unwrap());
        let permit = |from: &str| limits.try_acquire(from.parse().unwrap());
        let first = [permit("192.0.2.1").unwrap(), permit("::ffff:192.0.2.1").unwrap()];
        assert!(permit("192.0.2.1").is_none(), "two of sixteen are its share");
        let _second = [permit("2001:db8::1").unwrap(), permit("2001:db8::2").unwrap()];
        assert!(permit("2001:db8:0:0:9::3").is_none(), "a /64 is one client");
        let _proxy: Vec<_> = (0..12).map(|_| permit("10.0.0.1").unwrap()).collect();
        assert!(permit("10.0.0.1").is_none() && permit("192.0.2.9").is_none(), "all are taken");
        drop(first);
        assert!(permit("192.0.2.9").is_some());
        assert_eq!(limits.per_client.lock().unwrap().len(), 1, "who left is forgotten");
    }
}
