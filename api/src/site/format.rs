//! Dates, times and prices as the reader writes them.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Weekday};
use domain::{Language, Money};

use super::{
    language::{reader_language, say},
    texts::dates as texts,
};

pub(super) fn weekday(day: Weekday) -> &'static str {
    say(texts::WEEKDAYS[day.num_days_from_monday() as usize])
}

/// `8 January`, without a year.
pub(super) fn day_and_month(date: NaiveDate) -> String {
    let (day, month) = (date.day(), say(texts::MONTHS[date.month0() as usize]));
    match reader_language() {
        Language::De => format!("{day}. {month}"),
        _ => format!("{day} {month}"),
    }
}

/// `Tue 8 January`, without a year.
pub(super) fn weekday_and_date(date: NaiveDate) -> String {
    let comma = if reader_language() == Language::De { "," } else { "" };
    format!("{}{comma} {}", weekday(date.weekday()), day_and_month(date))
}

/// `8 January 2030`.
pub(crate) fn date(date: NaiveDate) -> String {
    format!("{} {}", day_and_month(date), date.year())
}

/// `8 January 2030, 09:05`.
pub(crate) fn date_and_time(local: NaiveDateTime) -> String {
    format!("{}, {}", date(local.date()), time(local.time()))
}

pub(super) fn time(time: NaiveTime) -> String {
    time.format("%H:%M").to_string()
}

pub(super) fn weekday_date_and_time(local: NaiveDateTime) -> String {
    format!("{}, {}", weekday_and_date(local.date()), time(local.time()))
}

pub(super) fn price(price: Money) -> String {
    price.written_in(reader_language())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::language::in_language_of_account;

    #[test]
    fn dates_are_written_as_the_reader_does() {
        let day = NaiveDate::from_ymd_opt(2030, 4, 8).unwrap();
        let at = day.and_hms_opt(9, 5, 0).unwrap();
        assert_eq!(weekday_date_and_time(at), "Mon 8 April, 09:05");
        assert_eq!(date_and_time(at), "8 April 2030, 09:05");
        in_language_of_account(Language::De, || {
            assert_eq!(weekday_and_date(day), "Mo, 8. April");
        });
    }
}
