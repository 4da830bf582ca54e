//! Limits on the live connections that a user, and an address, may hold open at the same time.

use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use uuid::Uuid;

use crate::{
    ingress::{ClientAddress, StreamLimits},
    problem::Problem,
};

/// When a client over the limit may retry.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// The open live connections of this process. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct ConnectionSlots(Arc<Mutex<OpenConnections>>);

#[derive(Debug, Default)]
struct OpenConnections {
    users: HashMap<Uuid, usize>,
    clients: HashMap<IpAddr, usize>,
}

/// Counts one connection until it is dropped.
#[derive(Debug)]
pub(super) struct ConnectionSlot {
    slots: ConnectionSlots,
    user: Uuid,
    client: IpAddr,
}

impl ConnectionSlots {
    /// A slot for a user at an address; 429 if either is at their limit.
    pub(super) fn acquire(
        &self,
        limits: &StreamLimits,
        user: Uuid,
        address: ClientAddress,
    ) -> Result<ConnectionSlot, Problem> {
        let client = address.rate_limit_key();
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |limit: Option<usize>, count: Option<&usize>| {
            limit.is_some_and(|limit| count.is_some_and(|count| *count >= limit))
        };
        if full(limits.user, open.users.get(&user))
            || full(limits.address, open.clients.get(&client))
        {
            return Err(Problem::too_many_streams(RETRY_AFTER));
        }
        *open.users.entry(user).or_default() += 1;
        *open.clients.entry(client).or_default() += 1;
        Ok(ConnectionSlot { slots: self.clone(), user, client })
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        let mut open = self.slots.0.lock().unwrap_or_else(PoisonError::into_inner);
        decrement(&mut open.users, &self.user);
        decrement(&mut open.clients, &self.client);
    }
}

fn decrement<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: ClientAddress = ClientAddress(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));
    const THERE: ClientAddress = ClientAddress(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));

    #[test]
    fn nobody_holds_more_than_they_may_and_who_leaves_makes_room() {
        let slots = ConnectionSlots::default();
        let limits = StreamLimits { user: Some(2), address: Some(3) };
        let [anna, bea] = [1, 2].map(Uuid::from_u128);
        let acquire = |user, address| slots.acquire(&limits, user, address);
        let first = acquire(anna, HERE).unwrap();
        let _second = acquire(anna, THERE).unwrap();
        assert_eq!(acquire(anna, HERE).unwrap_err().status(), 429, "as a user");
        let _others = [acquire(bea, HERE).unwrap(), acquire(bea, HERE).unwrap()];
        assert_eq!(acquire(Uuid::nil(), HERE).unwrap_err().status(), 429, "at an address");
        drop(first);
        acquire(anna, HERE).unwrap();
        assert_eq!(slots.0.lock().unwrap().users.len(), 2, "nothing is kept of who left");
    }

    #[test]
    fn without_limits_anybody_may() {
        let slots = ConnectionSlots::default();
        let slots: Vec<_> =
            (0..500).map(|_| slots.acquire(&StreamLimits::default(), Uuid::nil(), HERE)).collect();
        assert!(slots.iter().all(Result::is_ok));
    }
}
