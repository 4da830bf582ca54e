//! The time for which a licence holds: pure functions of terms and the clock.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::has_four_digit_year;

/// A half-open stretch of time, `[from, until)`; without `until` it never ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Term {
    pub from: DateTime<Utc>,
    pub until: Option<DateTime<Utc>>,
}

impl Term {
    /// A term that lasts; `None` if it would end before it began, or after all calendars.
    pub fn try_new(from: DateTime<Utc>, until: Option<DateTime<Utc>>) -> Option<Self> {
        let ends = |until| from < until && has_four_digit_year(&until);
        (has_four_digit_year(&from) && until.is_none_or(ends)).then_some(Self { from, until })
    }

    pub fn contains(&self, moment: DateTime<Utc>) -> bool {
        self.from <= moment && self.until.is_none_or(|until| moment < until)
    }
}

/// What a licence is worth at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Its first term has not begun.
    Pending,
    Active,
    /// Its term has ended, and the product works a few days more.
    Grace,
    Expired,
    /// Withheld for a while.
    Suspended,
    /// Taken away for good.
    Revoked,
}

pub(super) fn status(
    terms: &[Term],
    grace: TimeDelta,
    suspended: bool,
    revoked: bool,
    now: DateTime<Utc>,
) -> Status {
    let started = terms.iter().rev().find(|term| term.from <= now);
    let ended = started.and_then(|term| term.until).filter(|until| *until <= now);
    match (started, ended) {
        _ if revoked => Status::Revoked,
        (_, Some(until)) if now - until >= grace => Status::Expired,
        _ if suspended => Status::Suspended,
        (None, _) => Status::Pending,
        (Some(_), None) => Status::Active,
        (Some(_), Some(_)) => Status::Grace,
    }
}

/// Something about the end of a term that is to be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextExpiryStep {
    pub at: DateTime<Utc>,
    pub step: ExpiryStep,
    /// The end of the term.
    pub until: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpiryStep {
    /// The holder is told, so many days before.
    Notice { days: u16 },
    /// The term has ended.
    Expiry,
}

/// What is to be recorded next about a term that has not been recorded as expired. `at` may have
/// passed; `noticed` are the distances at which its holder was told.
///
/// Of several notices that are late only the nearest is due: nobody is told twice in a minute. A
/// distance as long as the term itself never is, or every new licence would begin with a warning.
pub fn next_expiry_step(
    term: &Term,
    notices: &[u16],
    noticed: &BTreeSet<u16>,
    now: DateTime<Utc>,
) -> Option<NextExpiryStep> {
    let until = term.until?;
    if until <= now {
        return Some(NextExpiryStep { at: until, step: ExpiryStep::Expiry, until });
    }
    let last_noticed = noticed.first().copied().unwrap_or(u16::MAX);
    let moment = |days: u16| until - TimeDelta::days(days.into());
    let outstanding =
        || notices.iter().copied().filter(|&days| days < last_noticed && moment(days) > term.from);
    let late = outstanding().filter(|&days| moment(days) <= now).min();
    Some(match late.or_else(|| outstanding().max()) {
        Some(days) => NextExpiryStep { at: moment(days), step: ExpiryStep::Notice { days }, until },
        None => NextExpiryStep { at: until, step: ExpiryStep::Expiry, until },
    })
}
