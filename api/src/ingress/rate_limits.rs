//! Rate limits by user, API key and address.
//!
//! Processes that answer the same people divide the limits among them: with three of them a request
//! counts threefold in each.

use std::{
    fmt::Debug,
    hash::Hash,
    net::IpAddr,
    num::NonZeroU32,
    str::FromStr,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use anyhow::{Context, bail};
use governor::{DefaultKeyedRateLimiter, Quota, clock::Clock};
use uuid::Uuid;

use super::{address::ClientAddress, paths::is_under};

/// After so many checks, entries that are no longer limited are dropped.
const SWEEP_INTERVAL: u32 = 10_000;

/// Limits by who calls, by the key of a program, by address, and by address for some routes.
///
/// `user=100/s, key=50/s, address=200/s, /api/v1/jwt=30/m`: a burst of so many, which
/// refills evenly over the unit of time. `user_streams=10, address_streams=100`: so many live streams at the
/// same time.
#[derive(Debug, Default)]
pub struct RateLimits {
    user: Option<Limit<Uuid>>,
    key: Option<Limit<Uuid>>,
    address: Option<Limit<IpAddr>>,
    routes: Vec<(String, Limit<IpAddr>)>,
    pub(crate) streams: StreamLimits,
    /// Among how many processes they are divided; 0 is 1.
    processes: AtomicU32,
}

/// How many live streams a user, and an address, may hold open at the same time.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct StreamLimits {
    pub(crate) user: Option<usize>,
    pub(crate) address: Option<usize>,
}

#[derive(Debug)]
struct Limit<K: Clone + Debug + Hash + Eq> {
    limiter: DefaultKeyedRateLimiter<K>,
    /// How many may come at once.
    burst: NonZeroU32,
    checks: AtomicU32,
}

impl RateLimits {
    /// Counts a request of a user, or of a service account by one of its keys. The error is how long
    /// they have to wait. A key over its limit uses up nothing of what the other keys have.
    pub(crate) fn admit_caller(&self, user: Uuid, key: Option<Uuid>) -> Result<(), Duration> {
        let weight = self.weight();
        if let Some((limit, key)) = self.key.as_ref().zip(key) {
            limit.admit(&key, weight)?;
        }
        self.user.as_ref().map_or(Ok(()), |limit| limit.admit(&user, weight))
    }

    /// Counts a request of an address for a path. The error is how long it has to wait.
    pub(crate) fn admit(&self, address: ClientAddress, path: &str) -> Result<(), Duration> {
        let (client, weight) = (address.rate_limit_key(), self.weight());
        if let Some(limit) = &self.address {
            limit.admit(&client, weight)?;
        }
        let mut limits = self.routes.iter().filter(|(route, _)| is_under(path, route));
        limits.try_for_each(|(_, limit)| limit.admit(&client, weight))
    }

    /// Divides the limits among so many processes, this one included.
    pub fn divide_among(&self, processes: usize) {
        let processes = processes.try_into().unwrap_or(u32::MAX);
        metrics::gauge!("servicebook_rates_divided_among").set(f64::from(processes));
        self.processes.store(processes, Ordering::Relaxed);
    }

    fn weight(&self) -> NonZeroU32 {
        NonZeroU32::new(self.processes.load(Ordering::Relaxed)).unwrap_or(NonZeroU32::MIN)
    }
}

impl<K: Clone + Debug + Hash + Eq> Limit<K> {
    fn new(quota: Quota) -> Self {
        let limiter = DefaultKeyedRateLimiter::keyed(quota);
        Self { limiter, burst: quota.burst_size(), checks: AtomicU32::new(0) }
    }

    /// A request that counts as `weight`. However many processes there are, each lets one through.
    fn admit(&self, key: &K, weight: NonZeroU32) -> Result<(), Duration> {
        if self.checks.fetch_add(1, Ordering::Relaxed) % SWEEP_INTERVAL == SWEEP_INTERVAL - 1 {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        match self.limiter.check_key_n(key, weight.min(self.burst)) {
            Ok(admitted) => {
                admitted.map_err(|not_until| not_until.wait_time_from(self.limiter.clock().now()))
            }
            // Unreachable: the weight is at most a whole burst.
            Err(_) => Ok(()),
        }
    }
}

impl FromStr for RateLimits {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let mut rates = Self::default();
        if text.trim() == "off" {
            return Ok(rates);
        }
        for rule in text.split(',').map(str::trim).filter(|rule| !rule.is_empty()) {
            let (subject, rate) = rule.split_once('=').context("a rule is `what=number/unit`")?;
            let streams = match subject {
                "user_streams" => Some(&mut rates.streams.user),
                "address_streams" => Some(&mut rates.streams.address),
                _ => None,
            };
            if let Some(most) = streams {
                let number = rate.trim().parse();
                *most = Some(number.with_context(|| format!("{rule} has no number like 10"))?);
                continue;
            }
            let quota = quota(rate).with_context(|| format!("{rule} has no rate like 100/s"))?;
            match subject {
                "user" => rates.user = Some(Limit::new(quota)),
                "key" => rates.key = Some(Limit::new(quota)),
                "address" => rates.address = Some(Limit::new(quota)),
                path if path.starts_with('/') => {
                    rates.routes.push((path.to_owned(), Limit::new(quota)));
                }
                other => {
                    bail!(
                        "there is no limit by {other}; there are user, key, address, user_streams, \
                         address_streams and paths"
                    )
                }
            }
        }
        Ok(rates)
    }
}

/// `100/s`, `30/m`, `5/h`
fn quota(text: &str) -> Option<Quota> {
    let (number, unit) = text.split_once('/')?;
    let number: NonZeroU32 = number.trim().parse().ok()?;
    match unit.trim() {
        "s" => Some(Quota::per_second(number)),
        "m" => Some(Quota::per_minute(number)),
        "h" => Some(Quota::per_hour(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: ClientAddress = ClientAddress(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));
    const THERE: ClientAddress = ClientAddress(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));

    #[test]
    fn who_asks_too_often_waits_and_nobody_else() {
        let rates: RateLimits = "address=3/h, user=1/h".parse().unwrap();
        for _ in 0..3 {
            rates.admit(HERE, "/api/v1/me").unwrap();
        }
        let wait = rates.admit(HERE, "/api/v1/me").unwrap_err();
        assert!(wait > Duration::from_mins(1) && wait <= Duration::from_mins(20), "{wait:?}");
        rates.admit(THERE, "/api/v1/me").unwrap();
        rates.admit_caller(Uuid::nil(), None).unwrap();
        assert!(rates.admit_caller(Uuid::nil(), None).is_err());
        rates.admit_caller(Uuid::max(), None).unwrap();
    }

    #[test]
    fn a_key_that_asks_too_often_takes_nothing_from_the_others_of_its_program() {
        let rates: RateLimits = "user=3/h, key=1/h".parse().unwrap();
        let admit = |key| rates.admit_caller(Uuid::nil(), Some(Uuid::from_u128(key)));
        admit(1).unwrap();
        for _ in 0..10 {
            assert!(admit(1).is_err());
        }
        admit(2).unwrap();
        admit(3).unwrap();
        assert!(admit(4).is_err(), "all together are too many");
    }

    #[test]
    fn processes_that_answer_the_same_people_divide_what_these_may_ask() {
        let admitted = |processes: usize, limit: &str| {
            let rates: RateLimits = limit.parse().unwrap();
            rates.divide_among(processes);
            (0..100).filter(|_| rates.admit_caller(Uuid::nil(), None).is_ok()).count()
        };
        assert_eq!(admitted(0, "user=12/h"), 12);
        assert_eq!(admitted(1, "user=12/h"), 12);
        assert_eq!(admitted(3, "user=12/h"), 4);
        assert_eq!(admitted(5, "user=12/h"), 2, "and never more than all together may");
        assert_eq!(admitted(50, "user=12/h"), 1, "but nobody is shut out");
    }

    #[test]
    fn a_route_has_a_limit_of_its_own() {
        let rates: RateLimits = "/api/v1/jwt=1/m".parse().unwrap();
        rates.admit(HERE, "/api/v1/jwt").unwrap();
        assert!(rates.admit(HERE, "/api/v1/jwt/refresh").is_err());
        rates.admit(HERE, "/api/v1/jwtx").unwrap();
    }

    #[test]
    fn a_rule_that_cannot_be_read_is_refused() {
        assert!("off".parse::<RateLimits>().is_ok());
        for wrong in ["user", "user=0/s", "user=5/y", "planet=5/s", "user_streams=few"] {
            assert!(wrong.parse::<RateLimits>().is_err(), "{wrong}");
        }
    }
}
