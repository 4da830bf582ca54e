//! Periods that go along with the days: what last week is when an export is due.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whole days before, around or after the day on which an export is due. Weeks begin on Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RelativePeriod)]
pub enum Period {
    Yesterday,
    #[serde(rename = "last_7_days")]
    Last7Days,
    #[serde(rename = "last_30_days")]
    Last30Days,
    LastWeek,
    ThisWeek,
    NextWeek,
    LastMonth,
    ThisMonth,
}

impl Period {
    /// Its first day, and the day after its last one, as seen from `today`.
    pub fn days(self, today: NaiveDate) -> (NaiveDate, NaiveDate) {
        let monday = today.week(Weekday::Mon).first_day();
        let first = today - Days::new(u64::from(today.day0()));
        let (week, month) = (Days::new(7), Months::new(1));
        match self {
            Self::Yesterday => (today - Days::new(1), today),
            Self::Last7Days => (today - week, today),
            Self::Last30Days => (today - Days::new(30), today),
            Self::LastWeek => (monday - week, monday),
            Self::ThisWeek => (monday, monday + week),
            Self::NextWeek => (monday + week, monday + week + week),
            Self::LastMonth => (first - month, first),
            Self::ThisMonth => (first, first + month),
        }
    }
}
