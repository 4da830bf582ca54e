//! What time it is, and whether that can be believed.
//!
//! Machines have been a year ahead for seconds, and what was written then bore that date for ever.
//! So a clock that jumps is believed only when it still says so a while later; until then time is
//! counted on from what it said before. It is looked at all the time: where it stood well while
//! nothing was written, or while the machine slept, the first to write does not wait for that.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};

/// Tells the time: the system's, or a test's.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// How far clocks may be apart: those of two machines, or one from what it said before. The append
/// allows the database's as much.
pub(crate) const APART: TimeDelta = TimeDelta::minutes(1);

/// How long a clock that jumped has to stay there to be believed.
const BELIEVED: Duration = Duration::from_mins(1);

/// How often it is to be looked at, at least.
pub(crate) const LOOK: Duration = Duration::from_secs(5);

/// The world's time by a clock that may jump.
pub(crate) struct SteadyClock {
    clock: Clock,
    /// What it said, and when.
    anchor: (DateTime<Utc>, Instant),
    /// When it jumped, and how far.
    jumped: Option<(Instant, TimeDelta)>,
}

impl SteadyClock {
    pub(crate) fn new(clock: Clock) -> Self {
        let anchor = (clock(), Instant::now());
        Self { clock, anchor, jumped: None }
    }

    pub(crate) fn now(&mut self) -> DateTime<Utc> {
        self.at(Instant::now())
    }

    fn at(&mut self, now: Instant) -> DateTime<Utc> {
        let said = (self.clock)();
        let (before, then) = self.anchor;
        let passed = TimeDelta::from_std(now.saturating_duration_since(then)).unwrap_or_default();
        let expected = before + passed;
        if !apart(said, expected) {
            // A little at a time it may go where it likes: clocks are set right that way.
            (self.anchor, self.jumped) = ((said, now), None);
            return said;
        }
        let far = said - expected;
        // One that jumps on has not stayed anywhere yet.
        let stays = self.jumped.filter(|(_, to)| (far - *to).abs() <= APART);
        let (since, _) = stays.unwrap_or_else(|| {
            tracing::error!("the clock says {said}, and a moment ago it was {expected}");
            (now, far)
        });
        self.jumped = Some((since, stays.map_or(far, |(_, to)| to)));
        if now.saturating_duration_since(since) < BELIEVED {
            return expected;
        }
        tracing::warn!("the clock still says {said}: it is believed from now on");
        (self.anchor, self.jumped) = ((said, now), None);
        said
    }
}

/// What is wrong with the clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockFault {
    /// Those of this process and of the database: this process records nothing.
    Disagree { ours: DateTime<Utc>, database: DateTime<Utc> },
    /// One was wrong when the last event was recorded. It dates only that; the next one is dated by the
    /// present.
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

/// Whether two times are further apart than clocks may be.
pub(crate) fn apart(one: DateTime<Utc>, other: DateTime<Utc>) -> bool {
    (one - other).abs() > APART
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn a_clock_that_jumps_is_believed_when_it_stays_there() {
        let start = DateTime::UNIX_EPOCH + TimeDelta::days(22_000);
        let (said, begun) = (Arc::new(Mutex::new(start)), Instant::now());
        let hand = Arc::clone(&said);
        let mut steady = SteadyClock::new(Arc::new(move || *hand.lock().unwrap()));
        let mut at = |seconds: u64, shown: i64| {
            *said.lock().unwrap() = start + TimeDelta::seconds(shown);
            (steady.at(begun + Duration::from_secs(seconds)) - start).num_seconds()
        };
        assert_eq!(at(10, 10), 10);
        assert_eq!(at(20, 50), 50, "set right by half a minute");
        let year = 365 * 24 * 3600;
        assert_eq!(at(30, year), 60, "a year ahead");
        assert_eq!(at(80, year + 50), 110);
        assert_eq!(at(85, 116), 116, "it is back");
        assert_eq!(at(100, year), 131);
        assert_eq!(at(159, 2 * year), 190, "and again");
        assert_eq!(at(161, 2 * year + 2), 192, "that is not a minute ago");
        assert_eq!(at(219, 2 * year + 60), 2 * year + 60, "a minute later it still says so");
        assert_eq!(at(230, 2 * year + 71), 2 * year + 71);
    }
}
