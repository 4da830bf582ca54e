//! Dates that every system can read.

use chrono::Datelike;

/// Whether the year of a date has four digits in every time zone, as RFC 3339 requires. Databases and
/// languages disagree about other years.
pub fn has_four_digit_year(date: &impl Datelike) -> bool {
    (2..=9998).contains(&date.year())
}
