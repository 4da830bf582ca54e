//! When a session began, and that it has ended.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use domain::identity::session::SessionId;

use crate::problem::Problem;

/// When a session began: its id tells.
pub(crate) fn began(session: SessionId) -> Option<DateTime<Utc>> {
    let (seconds, nanos) = session.uuid().get_timestamp()?.to_unix();
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)
}

/// Whatever is wrong with a refresh token, this is all that is told.
pub(crate) fn ended() -> Problem {
    let detail = "the session has ended; sign in again";
    Problem::new(StatusCode::UNAUTHORIZED, "session_ended", detail)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_session_knows_when_it_began() {
        let now = SessionId::new();
        let began = began(now).unwrap().timestamp().unsigned_abs();
        assert!(jsonwebtoken::get_current_timestamp().abs_diff(began) < 5);
        assert_eq!(super::began(Uuid::nil().into()), None);
    }
}
