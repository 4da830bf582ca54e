//! Checks of all times in requests: whole seconds, no leap second, a year of four digits.
//!
//! Readers of events differ in what they keep of a fraction or a second 60, and not all of them can
//! read years beyond four digits.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};
use domain::has_four_digit_year;

/// Why a text that is a time cannot be accepted; `None` for all other texts.
pub(crate) fn time_problem(text: &str) -> Option<&'static str> {
    // Texts that begin otherwise are no times.
    if !text.starts_with(|first: char| first.is_ascii_digit() || first == '+' || first == '-') {
        return None;
    }
    if is_out_of_range(text) {
        return Some("is in a year that not everybody can read");
    }
    let moment = || text.parse::<DateTime<Utc>>().map(|moment| moment.time());
    let local = || text.parse::<NaiveDateTime>().map(|local| local.time());
    let time = moment().or_else(|_| local()).or_else(|_| text.parse::<NaiveTime>()).ok()?;
    // A second 60 counts as more than the whole of second 59.
    (time.nanosecond() != 0).then_some("must be in whole seconds, 00 to 59")
}

/// Whether a text is a date that read models could not keep.
pub(crate) fn is_out_of_range(text: &str) -> bool {
    // Only these can be out of range, so only these are parsed.
    let suspicious = ["+", "-", "000", "9999"].iter().any(|begin| text.starts_with(begin));
    let date = || {
        let moment = text.parse::<DateTime<Utc>>().map(|moment| moment.date_naive());
        let local = || text.parse::<NaiveDateTime>().map(|local| local.date());
        moment.or_else(|_| local()).or_else(|_| text.parse::<NaiveDate>()).ok()
    };
    suspicious && date().is_some_and(|date| !has_four_digit_year(&date))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_that_not_everybody_can_read_are_odd() {
        for year in ["-200000", "-4713", "+10000", "0000", "9999"] {
            for rest in ["-01-01", "-01-01T09:00:00", "-01-01T09:00:00Z"] {
                assert!(time_problem(&format!("{year}{rest}")).is_some(), "{year}{rest}");
            }
        }
    }

    #[test]
    fn fractions_of_seconds_and_a_second_60_are_odd() {
        let rejected = ["09:00:00.5", "23:59:60", "23:59:60.1", "09:00:00.123456789"];
        for time in rejected {
            for text in
                [time.to_owned(), format!("2030-01-01T{time}"), format!("2030-01-01T{time}Z")]
            {
                assert!(time_problem(&text).is_some(), "{text}");
            }
        }
        let accepted = ["09:00:00", "23:59:59", "00:00:00.000", "09:00"];
        for time in accepted {
            for text in
                [time.to_owned(), format!("2030-01-01T{time}"), format!("2030-01-01T{time}Z")]
            {
                assert_eq!(time_problem(&text), None, "{text}");
            }
        }
        for text in ["", "Anna", "-1", "4711", "+49 30 123", "2030-01-01", "1.5", "12:30 is fine"] {
            assert_eq!(time_problem(text), None, "{text}");
        }
    }
}
