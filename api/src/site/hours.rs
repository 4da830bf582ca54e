//! Whether the business is open, by its weekly hours.

use chrono::{Datelike, Days, NaiveDateTime, NaiveTime, Weekday};
use domain::OpeningHours;

/// How it stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OpeningState {
    OpenUntil(NaiveTime),
    ClosedUntil(Weekday, NaiveTime),
    /// It never opens.
    Closed,
}

/// How it stands at a moment by the clock on its wall.
pub(super) fn opening_state(hours: &[OpeningHours], now: NaiveDateTime) -> OpeningState {
    let days =
        (0..=8).filter_map(|days| (now.date() - Days::new(1)).checked_add_days(Days::new(days)));
    let mut open: Vec<_> = days
        .flat_map(|date| {
            let today = hours.iter().filter(move |opening| opening.day == date.weekday());
            today.map(move |opening| {
                // Hours that do not end after they begin reach into the next day.
                let over_night = u64::from(opening.until <= opening.from);
                let end = date.checked_add_days(Days::new(over_night)).unwrap_or(date);
                (date.and_time(opening.from), end.and_time(opening.until))
            })
        })
        .filter(|(_, until)| now < *until)
        .collect();
    open.sort_unstable();
    match open.first() {
        Some((from, until)) if *from <= now => OpeningState::OpenUntil(until.time()),
        Some((from, _)) => OpeningState::ClosedUntil(from.weekday(), from.time()),
        None => OpeningState::Closed,
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    #[test]
    fn it_is_open_by_its_hours_over_night_as_well() {
        let at = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
        let hours = [
            OpeningHours { day: Weekday::Tue, from: at(9, 0), until: at(18, 0) },
            OpeningHours { day: Weekday::Sat, from: at(20, 0), until: at(2, 0) },
        ];
        // 2030-01-08 is a Tuesday.
        let on = |day, hour| NaiveDate::from_ymd_opt(2030, 1, day).unwrap().and_time(at(hour, 0));
        assert_eq!(opening_state(&hours, on(8, 9)), OpeningState::OpenUntil(at(18, 0)));
        assert_eq!(
            opening_state(&hours, on(8, 18)),
            OpeningState::ClosedUntil(Weekday::Sat, at(20, 0))
        );
        assert_eq!(opening_state(&hours, on(13, 1)), OpeningState::OpenUntil(at(2, 0)));
        assert_eq!(
            opening_state(&hours, on(13, 2)),
            OpeningState::ClosedUntil(Weekday::Tue, at(9, 0))
        );
        assert_eq!(opening_state(&[], on(8, 9)), OpeningState::Closed);
    }
}
