//! When the clocks of a zone show a time.

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// The first moment at which the clocks of a zone show a time; `None` if they never do, because
/// they are put forward over it.
pub fn resolve_local_time(zone: Tz, local: NaiveDateTime) -> Option<DateTime<Utc>> {
    match zone.from_local_datetime(&local) {
        MappedLocalTime::Single(moment) | MappedLocalTime::Ambiguous(moment, _) => {
            Some(moment.to_utc())
        }
        MappedLocalTime::None => None,
    }
}

/// The moment from which on the clocks of a zone show a time or a later one: where they are put
/// forward over it, the moment that happens.
pub fn first_instant_at_or_after(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    // No zone ever left out more than a day, and none less than whole minutes since 1937.
    let later =
        |minutes| resolve_local_time(zone, local.checked_add_signed(TimeDelta::minutes(minutes))?);
    (0..=24 * 60).find_map(later).unwrap_or_else(|| local.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERLIN: Tz = Tz::Europe__Berlin;

    #[test]
    fn a_day_that_begins_in_the_gap_begins_when_the_clocks_are_put_forward() {
        let half_past_two = local("2030-03-31T02:30:00");
        assert_eq!(first_instant_at_or_after(BERLIN, half_past_two), utc("2030-03-31T01:00:00"));
        let skipped = local("2011-12-30T00:00:00");
        assert_eq!(
            first_instant_at_or_after(Tz::Pacific__Apia, skipped),
            utc("2011-12-30T10:00:00")
        );
        assert_eq!(
            first_instant_at_or_after(BERLIN, local("2030-01-01T00:00:00")),
            utc("2029-12-31T23:00:00")
        );
    }

    fn local(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    fn utc(text: &str) -> DateTime<Utc> {
        local(text).and_utc()
    }
}
