//! The hours of a resource, whether or not they are booked.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Period;
use crate::{OpeningHours, first_instant_at_or_after};

/// From when until when on a day, by the clock on the wall. Hours that do not end after they begin
/// reach into the next day: 22:00 to 02:00 is four hours, 00:00 to 00:00 the whole day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Hours)]
pub struct LocalTimeRange {
    #[schema(value_type = String, example = "09:00:00")]
    pub from: NaiveTime,
    #[schema(value_type = String, example = "18:00:00")]
    pub until: NaiveTime,
}

/// The hours of one date instead of those of its day of the week; none at all on a holiday.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Exception)]
pub struct AvailabilityException {
    pub date: NaiveDate,
    #[serde(default)]
    pub hours: Vec<LocalTimeRange>,
}

/// When a resource can be had: weekly hours, other hours on some dates, never in closed periods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Availability {
    /// The IANA zone of the clock on the wall.
    #[schema(value_type = String, example = "Europe/Berlin")]
    pub zone: Tz,
    pub weekly: Vec<OpeningHours>,
    /// At most one for a date.
    pub exceptions: Vec<AvailabilityException>,
    pub closed: Vec<Period>,
}

impl Availability {
    /// Available in these hours of every week.
    pub const fn weekly(zone: Tz, weekly: Vec<OpeningHours>) -> Self {
        Self { zone, weekly, exceptions: Vec::new(), closed: Vec::new() }
    }

    /// Whether it can be had the whole time.
    pub fn covers(&self, period: Period) -> bool {
        self.open_periods(period).first() == Some(&period)
    }

    /// The stretches of a period in which it can be had, in order, none touching the next.
    pub fn open_periods(&self, period: Period) -> Vec<Period> {
        let date = |moment: DateTime<Utc>| moment.with_timezone(&self.zone).date_naive();
        // Hours of the day before may reach into the first one.
        let first = date(period.from).pred_opt().unwrap_or_else(|| date(period.from));
        let days = first.iter_days().take_while(|&day| day <= date(period.until));
        let mut open: Vec<Period> = days.flat_map(|day| self.hours_on(day)).collect();
        open.sort_unstable();
        let mut open = merged(open);
        for &closed in &self.closed {
            open = open.into_iter().flat_map(|stretch| stretch.difference(closed)).collect();
        }
        open.into_iter()
            .map(|open| open.intersection(period))
            .filter(|open| !open.is_empty())
            .collect()
    }

    /// Gives a date hours of its own, instead of those of the week.
    pub fn set_exception(&mut self, exception: AvailabilityException) {
        self.remove_exception(exception.date);
        self.exceptions.push(exception);
    }

    /// Gives a date the hours of its day of the week again.
    pub fn remove_exception(&mut self, date: NaiveDate) {
        self.exceptions.retain(|exception| exception.date != date);
    }

    fn hours_on(&self, day: NaiveDate) -> Vec<Period> {
        let period = |hours: LocalTimeRange| {
            let overnight = Days::new((hours.until <= hours.from).into());
            let last = day.checked_add_days(overnight).unwrap_or(day);
            let moment =
                |date: NaiveDate, time| first_instant_at_or_after(self.zone, date.and_time(time));
            Period::new(moment(day, hours.from), moment(last, hours.until))
        };
        if let Some(exception) = self.exceptions.iter().find(|exception| exception.date == day) {
            return exception.hours.iter().copied().map(period).collect();
        }
        let openings = self.weekly.iter().filter(|opening| opening.day == day.weekday());
        openings
            .map(|opening| period(LocalTimeRange { from: opening.from, until: opening.until }))
            .collect()
    }
}

/// Sorted stretches, those that overlap or touch made one.
fn merged(sorted: Vec<Period>) -> Vec<Period> {
    sorted.into_iter().filter(|period| !period.is_empty()).fold(Vec::new(), |mut merged, period| {
        match merged.last_mut() {
            Some(last) if period.from <= last.until => last.until = last.until.max(period.until),
            _ => merged.push(period),
        }
        merged
    })
}

#[cfg(test)]
mod tests {
    use chrono::Weekday;

    use super::*;

    #[test]
    fn a_day_is_as_long_as_its_clock_makes_it() {
        let always = every_day("00:00:00", "00:00:00");
        let hours = |date: &str| {
            let day = always.hours_on(date.parse().unwrap())[0];
            (day.until - day.from).num_hours()
        };
        assert_eq!([hours("2030-03-31"), hours("2030-10-27"), hours("2030-06-01")], [23, 25, 24]);
    }

    #[test]
    fn hours_past_midnight_belong_to_the_day_they_begin_on() {
        let bar = every_day("22:00:00", "02:00:00");
        let night = period("2030-01-07T21:30:00", "2030-01-08T00:30:00");
        assert!(bar.covers(night));
        assert!(!bar.covers(period("2030-01-08T00:30:00", "2030-01-08T01:30:00")));
    }

    #[test]
    fn hours_that_touch_are_one_stretch() {
        let mut open = every_day("09:00:00", "12:00:00");
        open.weekly.extend(every_day("12:00:00", "17:00:00").weekly);
        assert!(open.covers(period("2030-01-07T10:00:00", "2030-01-07T13:00:00")));
    }

    #[test]
    fn a_date_with_its_own_hours_forgets_those_of_the_week() {
        let mut open = every_day("09:00:00", "17:00:00");
        let date = "2030-01-07".parse().unwrap();
        open.exceptions = vec![AvailabilityException { date, hours: vec![] }];
        let noon = period("2030-01-07T11:00:00", "2030-01-07T12:00:00");
        assert!(!open.covers(noon), "closed on that date");

        let hours = vec![LocalTimeRange { from: time("12:00:00"), until: time("13:00:00") }];
        open.exceptions = vec![AvailabilityException { date, hours }];
        assert!(open.covers(noon), "open from 12 to 13 by the clock of Berlin");
        assert!(!open.covers(period("2030-01-07T12:00:00", "2030-01-07T13:00:00")));
    }

    #[test]
    fn a_closed_period_takes_its_part_out() {
        let mut open = every_day("09:00:00", "17:00:00");
        open.closed = vec![period("2030-01-07T10:00:00", "2030-01-07T11:00:00")];
        assert_eq!(
            open.open_periods(period("2030-01-07T00:00:00", "2030-01-08T00:00:00")),
            [
                period("2030-01-07T08:00:00", "2030-01-07T10:00:00"),
                period("2030-01-07T11:00:00", "2030-01-07T16:00:00"),
            ]
        );
    }

    fn every_day(from: &str, until: &str) -> Availability {
        let week = [0, 1, 2, 3, 4, 5, 6].map(|day| Weekday::try_from(day).unwrap());
        let opening = |day| OpeningHours { day, from: time(from), until: time(until) };
        Availability::weekly(Tz::Europe__Berlin, week.map(opening).to_vec())
    }

    fn time(text: &str) -> NaiveTime {
        text.parse().unwrap()
    }

    fn period(from: &str, until: &str) -> Period {
        let utc = |text: &str| text.parse::<chrono::NaiveDateTime>().unwrap().and_utc();
        Period::new(utc(from), utc(until))
    }
}
