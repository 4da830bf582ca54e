//! Hours of the week, and dates that every system can read.

use chrono::{Datelike, NaiveTime, Weekday};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Hours that come back every week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Opening)]
pub struct OpeningHours {
    #[schema(value_type = String, example = "Mon")]
    pub day: Weekday,
    #[schema(value_type = String, example = "09:00:00")]
    pub from: NaiveTime,
    #[schema(value_type = String, example = "18:00:00")]
    pub until: NaiveTime,
}

/// Whether the year of a date has four digits in every time zone, as RFC 3339 requires. Databases and
/// languages disagree about other years.
pub fn has_four_digit_year(date: &impl Datelike) -> bool {
    (2..=9998).contains(&date.year())
}
