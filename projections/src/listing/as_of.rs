//! An earlier moment, as a query names it.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;

use super::error::BadQuery;

/// How far the clocks of others may be ahead.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::minutes(1);

/// An earlier moment, as a query names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// When the log ended there.
    Position(i64),
    Instant(DateTime<Utc>),
}

/// A moment, and where the log ended then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Of the last event that was recorded by then; 0 before the first one.
    pub position: i64,
    pub at: DateTime<Utc>,
}

impl Moment {
    /// How far an answer reaches, and of when it is, if the read model that it is made of was written up to
    /// `position` at a time.
    pub(crate) fn position_and_time_of_answer(
        requested: Option<Self>,
        position: i64,
        written_at: DateTime<Utc>,
    ) -> (i64, DateTime<Utc>) {
        match requested {
            Some(moment) => (position.min(moment.position), moment.at),
            None => (position, written_at),
        }
    }
}

impl AsOf {
    /// Looks up where the log ended then.
    ///
    /// # Errors
    /// When it is still to come.
    pub async fn moment(self, db: &PgPool, now: DateTime<Utc>) -> Result<Moment, BadQuery> {
        let moment = match self {
            Self::Instant(at) if at > now + CLOCK_TOLERANCE => None,
            Self::Instant(at) => {
                let position = event_store::head_at(db, at).await?;
                Some(Moment { position, at: at.min(now) })
            }
            Self::Position(..=0) => Some(Moment { position: 0, at: DateTime::UNIX_EPOCH }),
            Self::Position(position) => {
                let at = event_store::recorded_at(db, position).await?;
                at.map(|at| Moment { position, at })
            }
        };
        moment.ok_or_else(|| BadQuery::parameter("as_of", "is still to come"))
    }
}
