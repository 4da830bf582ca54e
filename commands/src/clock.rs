//! A clock that distrusts jumps.
//!
//! Machines have been a year ahead for seconds, and events from these seconds kept that date. So a jump
//! is accepted only if the clock stays there for a while; until then time is counted on from the last
//! reading. The clock is read all the time, so that jumps while nothing is written, or while the machine
//! sleeps, do not delay the next write.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};

/// Returns the time: the system's, or a test's.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// How far clocks may differ: those of two machines, or a clock from its earlier readings. The append
/// allows the same for the database's clock.
pub(crate) const MAX_CLOCK_SKEW: TimeDelta = TimeDelta::minutes(1);

/// How long a clock must stay where it jumped to be trusted.
const TRUST_AFTER: Duration = Duration::from_mins(1);

/// How often the clock is read, at least.
pub(crate) const CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// The time, by a clock that may jump. Cheap to clone.
#[derive(Clone)]
pub(crate) struct SteadyClock {
    clock: Clock,
    readings: Arc<Mutex<Readings>>,
}

/// What is known of a clock.
struct Readings {
    /// The last trusted reading, and when it was read.
    anchor: (DateTime<Utc>, Instant),
    /// When it jumped, and how far.
    jumped: Option<(Instant, TimeDelta)>,
    /// When it was last read and differed from what was expected.
    last_jump: Option<Instant>,
}

impl SteadyClock {
    pub(crate) fn new(clock: Clock) -> Self {
        let anchor = (clock(), Instant::now());
        let readings = Readings { anchor, jumped: None, last_jump: None };
        Self { clock, readings: Arc::new(Mutex::new(readings)) }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.now_at(Instant::now())
    }

    fn now_at(&self, now: Instant) -> DateTime<Utc> {
        let mut readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
        readings.time(now, (self.clock)())
    }

    /// Whether it was seen to jump within a period before now.
    pub(crate) fn has_jumped_within(&self, period: Duration) -> bool {
        self.now();
        let readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
        readings.last_jump.is_some_and(|jump| jump.elapsed() < period)
    }
}

impl Readings {
    /// The time, when the clock shows `reading`.
    fn time(&mut self, now: Instant, reading: DateTime<Utc>) -> DateTime<Utc> {
        let (before, then) = self.anchor;
        let passed = TimeDelta::from_std(now.saturating_duration_since(then)).unwrap_or_default();
        let expected = before + passed;
        if !clocks_differ(reading, expected) {
            // Small differences are fine: clocks are adjusted that way.
            (self.anchor, self.jumped) = ((reading, now), None);
            return reading;
        }
        let jump = reading - expected;
        self.last_jump = Some(now);
        // After a further jump the waiting time begins again.
        let stays = self.jumped.filter(|(_, to)| (jump - *to).abs() <= MAX_CLOCK_SKEW);
        let (since, _) = stays.unwrap_or_else(|| {
            tracing::error!("the clock says {reading}, and a moment ago it was {expected}");
            (now, jump)
        });
        self.jumped = Some((since, stays.map_or(jump, |(_, to)| to)));
        if now.saturating_duration_since(since) < TRUST_AFTER {
            return expected;
        }
        tracing::warn!("the clock still says {reading}: it is believed from now on");
        (self.anchor, self.jumped) = ((reading, now), None);
        reading
    }
}

/// A fault of the clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockFault {
    /// The clocks of this process and of the database differ: this process records nothing.
    Disagree { ours: DateTime<Utc>, database: DateTime<Utc> },
    /// The last event is dated in the future: a clock was wrong when it was recorded. New events get the
    /// present time.
    Ahead { last: DateTime<Utc>, database: DateTime<Utc> },
}

impl fmt::Display for ClockFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disagree { ours, database } => {
                write!(f, "it is {ours} here and {database} in the database")
            }
            Self::Ahead { last, database } => {
                write!(f, "it is {database}, and the last event is dated {last}")
            }
        }
    }
}

/// Whether two times differ more than clocks may.
pub(crate) fn clocks_differ(one: DateTime<Utc>, other: DateTime<Utc>) -> bool {
    (one - other).abs() > MAX_CLOCK_SKEW
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn a_clock_that_jumps_is_believed_when_it_stays_there() {
        let start = DateTime::UNIX_EPOCH + TimeDelta::days(22_000);
        let (reading, begun) = (Arc::new(Mutex::new(start)), Instant::now());
        let shared = Arc::clone(&reading);
        let steady = SteadyClock::new(Arc::new(move || *shared.lock().unwrap()));
        let time_after = |seconds: u64, shown: i64| {
            *reading.lock().unwrap() = start + TimeDelta::seconds(shown);
            (steady.now_at(begun + Duration::from_secs(seconds)) - start).num_seconds()
        };
        assert_eq!(time_after(10, 10), 10);
        assert_eq!(time_after(20, 50), 50, "set right by half a minute");
        let year = 365 * 24 * 3600;
        assert_eq!(time_after(30, year), 60, "a year ahead");
        assert_eq!(time_after(80, year + 50), 110);
        assert_eq!(time_after(85, 116), 116, "it is back");
        assert_eq!(time_after(100, year), 131);
        assert_eq!(time_after(159, 2 * year), 190, "and again");
        assert_eq!(time_after(161, 2 * year + 2), 192, "that is not a minute ago");
        assert_eq!(
            time_after(219, 2 * year + 60),
            2 * year + 60,
            "a minute later it still says so"
        );
        assert_eq!(time_after(230, 2 * year + 71), 2 * year + 71);
    }
}
