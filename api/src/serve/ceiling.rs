//! How many connections there may be, in all and from each subscriber, and how long each may keep
//! us waiting.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use crate::ingress::{Address, Proxies};

/// Who has not sent a single byte by then will not.
const FIRST_BYTE: Duration = Duration::from_secs(10);
/// Who has not sent the head of a request by then will not, be it the first one of a connection or
/// the next. A gateway gives its connections up earlier.
const HEAD: Duration = Duration::from_secs(30);

/// The connections of one process, whichever of its sockets they came to.
#[derive(Debug)]
pub struct Ceiling {
    most: usize,
    most_of_one: usize,
    /// Through these come the connections of many: only the ceiling of all is theirs.
    proxies: Proxies,
    open: AtomicUsize,
    of_each: Mutex<HashMap<IpAddr, usize>>,
    /// How long the first byte, and how long the head of a request, may take.
    pub(super) first_byte: Duration,
    pub(super) head: Duration,
}

/// A connection that is counted as long as this exists.
#[derive(Debug)]
pub(super) struct Permit {
    ceiling: Arc<Ceiling>,
    subscriber: Option<IpAddr>,
}

impl Ceiling {
    /// At most so many connections, and so many of one subscriber (an IPv4 address, or a /64 of
    /// IPv6). Proxies of ours speak for many and may hold all of them.
    pub fn new(most: usize, most_of_one: usize, proxies: Proxies) -> Arc<Self> {
        Self::patient(most, most_of_one, proxies, FIRST_BYTE, HEAD)
    }

    pub(super) fn patient(
        most: usize,
        most_of_one: usize,
        proxies: Proxies,
        first_byte: Duration,
        head: Duration,
    ) -> Arc<Self> {
        let (open, of_each) = (AtomicUsize::new(0), Mutex::default());
        Arc::new(Self { most, most_of_one, proxies, open, of_each, first_byte, head })
    }

    /// A permit for a connection from an address, if there is one left.
    pub(super) fn permit(self: &Arc<Self>, peer: IpAddr) -> Option<Permit> {
        let open = self.open.fetch_add(1, Ordering::Relaxed);
        // From here on it is given back, come what may.
        let mut permit = Permit { ceiling: Arc::clone(self), subscriber: None };
        if open >= self.most {
            return None;
        }
        if !self.proxies.trusts(peer.to_canonical()) {
            let subscriber = Address(peer).subscriber();
            let mut of_each = self.of_each.lock().unwrap_or_else(PoisonError::into_inner);
            let held = of_each.entry(subscriber).or_insert(0);
            if *held >= self.most_of_one {
                return None;
            }
            *held += 1;
            permit.subscriber = Some(subscriber);
        }
        Some(permit)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.ceiling.open.fetch_sub(1, Ordering::Relaxed);
        let Some(subscriber) = self.subscriber else { return };
        let mut of_each = self.ceiling.of_each.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = of_each.get_mut(&subscriber) {
            *held -= 1;
            if *held == 0 {
                of_each.remove(&subscriber);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscriber_holds_its_share_and_all_together_no_more_than_there_is() {
        let ceiling = Ceiling::new(16, 2, "10.0.0.1".parse().unwrap());
        let permit = |from: &str| ceiling.permit(from.parse().unwrap());
        let first = [permit("192.0.2.1").unwrap(), permit("::ffff:192.0.2.1").unwrap()];
        assert!(permit("192.0.2.1").is_none(), "two of sixteen are its share");
        let _second = [permit("2001:db8::1").unwrap(), permit("2001:db8::2").unwrap()];
        assert!(permit("2001:db8:0:0:9::3").is_none(), "a /64 is one subscriber");
        let _proxy: Vec<_> = (0..12).map(|_| permit("10.0.0.1").unwrap()).collect();
        assert!(permit("10.0.0.1").is_none() && permit("192.0.2.9").is_none(), "all are taken");
        drop(first);
        assert!(permit("192.0.2.9").is_some());
        assert_eq!(ceiling.of_each.lock().unwrap().len(), 1, "who left is forgotten");
    }
}
