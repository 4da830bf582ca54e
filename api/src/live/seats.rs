//! How many connections a user, and an address, may hold open at the same time.

use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use uuid::Uuid;

use crate::{
    ingress::{Address, Streams},
    problem::Problem,
};

/// When somebody who has too many may come again.
const LATER: Duration = Duration::from_secs(10);

/// Who listens, and how often.
#[derive(Debug, Clone, Default)]
pub(super) struct Seats(Arc<Mutex<Taken>>);

#[derive(Debug, Default)]
struct Taken {
    users: HashMap<Uuid, usize>,
    subscribers: HashMap<IpAddr, usize>,
}

/// A place of a connection, until it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Seats,
    user: Uuid,
    subscriber: IpAddr,
}

impl Seats {
    /// One for a user at an address, unless either has as many as they may.
    pub(super) fn take(
        &self,
        limits: &Streams,
        user: Uuid,
        address: Address,
    ) -> Result<Seat, Problem> {
        let subscriber = address.subscriber();
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |limit: Option<usize>, taken: Option<&usize>| {
            limit.is_some_and(|limit| taken.is_some_and(|taken| *taken >= limit))
        };
        if full(limits.user, taken.users.get(&user))
            || full(limits.address, taken.subscribers.get(&subscriber))
        {
            return Err(Problem::too_many_streams(LATER));
        }
        *taken.users.entry(user).or_default() += 1;
        *taken.subscribers.entry(subscriber).or_default() += 1;
        Ok(Seat { seats: self.clone(), user, subscriber })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        leave(&mut taken.users, &self.user);
        leave(&mut taken.subscribers, &self.subscriber);
    }
}

fn leave<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: &K) {
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

    const HERE: Address = Address(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));
    const THERE: Address = Address(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));

    #[test]
    fn nobody_holds_more_than_they_may_and_who_leaves_makes_room() {
        let seats = Seats::default();
        let limits = Streams { user: Some(2), address: Some(3) };
        let [anna, bea] = [1, 2].map(Uuid::from_u128);
        let take = |user, address| seats.take(&limits, user, address);
        let first = take(anna, HERE).unwrap();
        let _second = take(anna, THERE).unwrap();
        assert_eq!(take(anna, HERE).unwrap_err().status(), 429, "as a user");
        let _others = [take(bea, HERE).unwrap(), take(bea, HERE).unwrap()];
        assert_eq!(take(Uuid::nil(), HERE).unwrap_err().status(), 429, "at an address");
        drop(first);
        take(anna, HERE).unwrap();
        assert_eq!(seats.0.lock().unwrap().users.len(), 2, "nothing is kept of who left");
    }

    #[test]
    fn without_limits_anybody_may() {
        let seats = Seats::default();
        let taken: Vec<_> =
            (0..500).map(|_| seats.take(&Streams::default(), Uuid::nil(), HERE)).collect();
        assert!(taken.iter().all(Result::is_ok));
    }
}
