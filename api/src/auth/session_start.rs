//! When a session started, and the one answer for all that are over.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use domain::identity::session::SessionId;

use crate::problem::{Problem, ProblemCode};

/// When a session started, taken from the timestamp in its id (a UUID of version 7).
pub(crate) fn started_at(session: SessionId) -> Option<DateTime<Utc>> {
    let (seconds, nanos) = session.uuid().get_timestamp()?.to_unix();
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)
}

/// The answer to every refresh token that is not good, whatever is wrong with it.
pub(crate) fn session_ended_problem() -> Problem {
    let detail = "the session has ended; sign in again";
    Problem::new(StatusCode::UNAUTHORIZED, ProblemCode::SessionEnded, detail)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_session_knows_when_it_started() {
        let now = SessionId::new();
        let started = started_at(now).unwrap().timestamp().unsigned_abs();
        assert!(jsonwebtoken::get_current_timestamp().abs_diff(started) < 5);
        assert_eq!(started_at(Uuid::nil().into()), None);
    }
}
