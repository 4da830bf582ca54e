//! How long what is licensed lasts, and when its holder is told that it ends.

use chrono::{DateTime, Months, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How long a licence lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Length)]
pub enum TermLength {
    Perpetual,
    /// Calendar months: from 31 January, one lasts until 28 February.
    Months(u16),
    Days(u16),
}

impl TermLength {
    /// When what begins now ends; `None` is never.
    pub fn end_from(self, from: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Perpetual => None,
            Self::Months(months) => from.checked_add_months(Months::new(months.into())),
            Self::Days(days) => from.checked_add_signed(TimeDelta::days(days.into())),
        }
    }

    /// What is wrong with it.
    pub(crate) fn problem(self) -> Option<&'static str> {
        let is_empty = matches!(self, Self::Months(0) | Self::Days(0));
        is_empty.then_some("a term lasts at least a day")
    }
}

/// What is wrong with the numbers of days before its end at which a holder is told.
pub(crate) fn problem_of_notices(notices: &[u16]) -> Option<&'static str> {
    let descending = notices.windows(2).all(|pair| pair[0] > pair[1]);
    let is_valid = descending && notices.len() <= 12 && notices.last() != Some(&0);
    (!is_valid).then_some("at most 12 different numbers of days, longest first")
}
