//! Dates, times and prices as the reader writes them.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Weekday};
use domain::{Language, Money};

use super::{
    language::{reader, say},
    texts::dates as texts,
};

/// The currencies without minor units that prices are likely to be in.
const WHOLE: [&str; 5] = ["CLP", "ISK", "JPY", "KRW", "VND"];

pub(super) fn weekday(day: Weekday) -> &'static str {
    say(texts::WEEKDAYS[day.num_days_from_monday() as usize])
}

/// `8 January`, without a year.
pub(super) fn day(date: NaiveDate) -> String {
    let (day, month) = (date.day(), say(texts::MONTHS[date.month0() as usize]));
    match reader() {
        Language::De => format!("{day}. {month}"),
        _ => format!("{day} {month}"),
    }
}

/// `Tue 8 January`, without a year.
pub(super) fn date(date: NaiveDate) -> String {
    let comma = if reader() == Language::De { "," } else { "" };
    format!("{}{comma} {}", weekday(date.weekday()), day(date))
}

pub(super) fn time(time: NaiveTime) -> String {
    time.format("%H:%M").to_string()
}

pub(super) fn date_time(local: NaiveDateTime) -> String {
    format!("{}, {}", date(local.date()), time(local.time()))
}

/// `€38` or `38 €`; cents are left out where there are none.
pub(super) fn price(price: Money) -> String {
    let Money { amount, currency } = price;
    let code = currency.to_string();
    let symbol = match code.as_str() {
        "EUR" => "€",
        "USD" => "$",
        "GBP" => "£",
        "RUB" => "₽",
        other => other,
    };
    let english = reader() == Language::En;
    let point = if english { '.' } else { ',' };
    let text = match (WHOLE.contains(&code.as_str()), amount / 100, amount % 100) {
        (true, ..) => amount.to_string(),
        (false, whole, 0) => whole.to_string(),
        (false, whole, cents) => format!("{whole}{point}{cents:02}"),
    };
    if english && symbol != code {
        format!("{symbol}{text}")
    } else {
        format!("{text}\u{a0}{symbol}")
    }
}

#[cfg(test)]
mod tests {
    use domain::Currency;

    use super::*;
    use crate::site::language::in_language_of_account;

    #[test]
    fn times_and_prices_are_written_as_the_reader_does() {
        let cents = |amount| Money::new(amount, Currency::EUR);
        let day = NaiveDate::from_ymd_opt(2030, 4, 8).unwrap();
        let at = day.and_hms_opt(9, 5, 0).unwrap();
        assert_eq!((price(cents(3_800)), price(cents(3_850))), ("€38".into(), "€38.50".into()));
        assert_eq!(date_time(at), "Mon 8 April, 09:05");
        in_language_of_account(Language::De, || {
            assert_eq!(price(cents(3_805)), "38,05\u{a0}€");
            assert_eq!(date(day), "Mo, 8. April");
        });
        let yen = Money::new(4_000, "JPY".parse().unwrap());
        assert_eq!(price(yen), "4000\u{a0}JPY");
    }
}
