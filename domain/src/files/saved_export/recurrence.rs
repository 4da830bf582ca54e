//! When something is due again and again, by the clock on the wall.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Utc, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::first_instant_at_or_after;

/// The longest stretch without a due day, in days.
const MAX_DAYS: usize = 40;

/// When something is due. A time that the clocks leave out is due when they are put forward, one that they show
/// twice is due once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "every", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = Rhythm)]
pub enum Recurrence {
    Day {
        at: TimeOfDay,
    },
    Week {
        #[schema(value_type = String, example = "Mon")]
        day: Weekday,
        at: TimeOfDay,
    },
    Month {
        /// From 1 to 31; in a month without it, its last day.
        day: u32,
        at: TimeOfDay,
    },
}

/// A time on the wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TimeOfDay)]
pub struct TimeOfDay {
    #[schema(value_type = String, example = "07:00:00")]
    pub time: NaiveTime,
    #[schema(value_type = String, example = "Europe/Berlin")]
    pub zone: Tz,
}

impl Recurrence {
    /// Whether it is ever due.
    ///
    /// # Errors
    /// Why not.
    pub fn validate(self) -> Result<(), &'static str> {
        match self {
            Self::Month { day, .. } if !(1..=31).contains(&day) => Err("no month has such a day"),
            _ => Ok(()),
        }
    }

    /// The first time at which it is due after a moment.
    pub fn first_after(self, moment: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let TimeOfDay { time, zone } = self.time();
        let days = moment.with_timezone(&zone).date_naive().iter_days().take(MAX_DAYS);
        let due = days.filter(|day| self.is_due_on(*day));
        due.map(|day| first_instant_at_or_after(zone, day.and_time(time))).find(|due| *due > moment)
    }

    /// By the clock of which zone it is due.
    pub fn zone(self) -> Tz {
        self.time().zone
    }

    fn time(self) -> TimeOfDay {
        match self {
            Self::Day { at } | Self::Week { at, .. } | Self::Month { at, .. } => at,
        }
    }

    fn is_due_on(self, date: NaiveDate) -> bool {
        match self {
            Self::Day { .. } => true,
            Self::Week { day, .. } => date.weekday() == day,
            Self::Month { day, .. } => {
                let tomorrow = date.checked_add_days(Days::new(1));
                let is_last = tomorrow.is_none_or(|tomorrow| tomorrow.day() == 1);
                date.day() == day || is_last && date.day() < day
            }
        }
    }
}
