//! Between the clock on the wall and the time of the world (SCH-9).

use chrono::{DateTime, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::{IANA_TZDB_VERSION, Tz};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::resolve_local_time;

/// A moment that was agreed on by the clock on the wall.
///
/// What people agreed on is the local time. If the rules of the zone change, it stays and `utc` moves:
/// `tzdb` tells by which rules `utc` was computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Moment {
    #[schema(value_type = String, example = "2030-01-08T10:00:00")]
    pub local: NaiveDateTime,
    /// A zone of the IANA database.
    #[schema(value_type = String, example = "Europe/Berlin")]
    pub zone: Tz,
    /// The version of the IANA database.
    #[schema(example = "2025b")]
    pub tzdb: String,
    pub utc: DateTime<Utc>,
}

impl Moment {
    /// The moment, unless the clocks of the zone never show that time.
    pub fn at(local: NaiveDateTime, zone: Tz) -> Option<Self> {
        let utc = resolve_local_time(zone, local)?;
        Some(Self { local, zone, tzdb: IANA_TZDB_VERSION.into(), utc })
    }

    /// The same local time by the rules that this program knows, if they are newer than those by which
    /// `utc` was computed and say otherwise. A time that the clocks leave out now is read with the offset
    /// before the gap (RFC 5545).
    pub fn recomputed_if_tzdb_changed(&self) -> Option<Self> {
        // `2025b`: versions sort as text.
        if self.tzdb.as_str() >= IANA_TZDB_VERSION {
            return None;
        }
        let Self { local, zone, .. } = *self;
        let utc = resolve_local_time(zone, local).unwrap_or_else(|| before_the_gap(zone, local));
        (utc != self.utc).then(|| Self { local, zone, tzdb: IANA_TZDB_VERSION.into(), utc })
    }
}

/// A local time that clocks leave out, read as they were set until then.
fn before_the_gap(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    // A day earlier, whatever the zone, it has not happened yet.
    let offset = zone.offset_from_utc_datetime(&(local - TimeDelta::days(1))).fix();
    (local - offset).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERLIN: Tz = Tz::Europe__Berlin;

    #[test]
    fn sch_9_a_local_time_that_does_not_exist_is_no_moment() {
        assert_eq!(Moment::at(local("2030-03-31T02:30:00"), BERLIN), None);
        assert_eq!(
            resolve_local_time(BERLIN, local("2030-03-31T03:00:00")),
            Some(utc("2030-03-31T01:00:00"))
        );
    }

    #[test]
    fn sch_9_an_ambiguous_local_time_means_the_first() {
        let twice = Moment::at(local("2030-10-27T02:30:00"), BERLIN).unwrap();
        assert_eq!(twice.utc, utc("2030-10-27T00:30:00"));
        assert_eq!(twice.tzdb, IANA_TZDB_VERSION);
    }

    #[test]
    fn sch_9_by_newer_rules_the_local_time_stays_and_the_instant_moves() {
        let noon = Moment::at(local("2030-01-08T12:00:00"), BERLIN).unwrap();
        let older = |utc| Moment { tzdb: "2020a".into(), utc, ..noon.clone() };
        let an_hour_off = noon.utc + TimeDelta::hours(1);
        assert_eq!(older(an_hour_off).recomputed_if_tzdb_changed(), Some(noon.clone()));
        assert_eq!(older(noon.utc).recomputed_if_tzdb_changed(), None, "the rules say the same");
        let newer = Moment { tzdb: "2999a".into(), ..older(an_hour_off) };
        assert_eq!(
            newer.recomputed_if_tzdb_changed(),
            None,
            "an older program does not take it back"
        );

        let left_out = Moment { local: local("2030-03-31T02:30:00"), ..older(an_hour_off) };
        assert_eq!(left_out.recomputed_if_tzdb_changed().unwrap().utc, utc("2030-03-31T01:30:00"));
    }

    fn local(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    fn utc(text: &str) -> DateTime<Utc> {
        local(text).and_utc()
    }
}
