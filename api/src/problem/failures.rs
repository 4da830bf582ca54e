//! Failures as problems. Internal errors are logged here, once, and answered without their reason.

use axum::http::StatusCode;
use commands::{ClaimedPeriod, Failure, Outage, ReadError};
use documents::RenderError;
use domain::{EventFormatError, Refusal};
use serde_json::{Map, Value, json};

use super::{Problem, ProblemCode};

/// Why nothing can be recorded of a person any more.
pub(crate) const SUBJECT_ERASED: &str =
    "the person behind it was erased, so nothing can be recorded of it any more";

impl Problem {
    /// 500, or 503 if the database is down. Logs the reason.
    pub(crate) fn internal_error(why: &anyhow::Error) -> Self {
        if Outage::from_error_chain(why).is_some() {
            tracing::warn!(error = %redacted_chain(why), "unavailable");
            return Self::unavailable(
                ProblemCode::Unavailable,
                "the database cannot be reached just now",
            );
        }
        let mut broken = why.chain().filter_map(|cause| cause.downcast_ref());
        if broken.any(|why| matches!(why, EventFormatError::Newer { .. })) {
            // During a rolling upgrade the newer version can read it.
            tracing::warn!(error = %redacted_chain(why), "cannot be read by this version");
            return Self::unavailable(
                ProblemCode::Unavailable,
                "another process knows more of this; try again",
            );
        }
        tracing::error!(error = %redacted_chain(why), "broken");
        let detail = "this should not have happened; the log knows more under this trace id";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, ProblemCode::Broken, detail)
    }

    /// A refusal as a problem: 422 with faults in fields, else 409; its own fields are added.
    fn refused<R: Refusal>(refusal: &R) -> Self {
        let faults = refusal.faults();
        let mut more = match serde_json::to_value(refusal) {
            Ok(Value::Object(more)) => more,
            _ => Map::new(),
        };
        let code = more.remove("code");
        let code = code.as_ref().and_then(Value::as_str).unwrap_or("refused");
        let status =
            if faults.is_empty() { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
        for reserved in ["type", "title", "status", "detail", "invariant", "fields", "trace_id"] {
            more.remove(reserved);
        }
        let mut problem = Self::with_code(status, code, refusal);
        (problem.0.fields, problem.0.more) = (faults, more);
        problem.with_rule(refusal.rule())
    }
}

impl<R: Refusal> From<Failure<R>> for Problem {
    fn from(failure: Failure<R>) -> Self {
        match failure {
            Failure::Forbidden { right } => Self::forbidden(right),
            Failure::Refused(refusal) => Self::refused(&refusal),
            Failure::Taken { what, rule, time } => {
                let detail = format!("{} is taken", what.replace('_', " "));
                let problem = Self::conflict(ProblemCode::Taken, detail).with("what", what);
                let problem = match time {
                    Some(ClaimedPeriod { key, from, until }) => problem
                        .with("key", key)
                        .with("from", json!(from))
                        .with("until", json!(until)),
                    None => problem,
                };
                problem.with_rule(Some(&rule))
            }
            Failure::Stale { current } => Self::new(
                StatusCode::PRECONDITION_FAILED,
                ProblemCode::Stale,
                format!("it was changed meanwhile; this is version {current}"),
            )
            .with("current", current),
            Failure::Contended => {
                Self::conflict(ProblemCode::Contended, "too many changed it at once; try again")
            }
            Failure::KeyReused => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                ProblemCode::KeyReused,
                "this Idempotency-Key was used for another request",
            ),
            Failure::TooLarge => Self::too_large_for("what is recorded at once", "768 kB"),
            Failure::SubjectErased => {
                Self::new(StatusCode::GONE, ProblemCode::SubjectErased, SUBJECT_ERASED)
            }
            Failure::Overloaded(_) => {
                Self::unavailable(ProblemCode::Overloaded, "too much at once; try again")
            }
            Failure::ClocksDisagree(_) => Self::unavailable(
                ProblemCode::ClocksDisagree,
                "nothing is recorded while the clocks disagree about the time; try again",
            ),
            Failure::Unavailable(_) => Self::unavailable(
                ProblemCode::Unavailable,
                "the event store cannot be reached; send it again with its Idempotency-Key",
            ),
            Failure::Broken(error) => Self::internal_error(&error),
        }
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unreachable(why) | ReadError::Failed(why) => why.into(),
            ReadError::Broken(why) => Self::internal_error(&why.into()),
        }
    }
}

impl From<RenderError> for Problem {
    fn from(error: RenderError) -> Self {
        match error {
            RenderError::Busy => Self::unavailable(ProblemCode::Overloaded, error),
            why => Self::internal_error(&why.into()),
        }
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        Self::internal_error(&error.into())
    }
}

impl From<anyhow::Error> for Problem {
    fn from(error: anyhow::Error) -> Self {
        Self::internal_error(&error)
    }
}

/// The chain of reasons for the log. Messages of Postgres may quote personal values, so only their
/// code is kept.
fn redacted_chain(error: &anyhow::Error) -> String {
    let reasons = error.chain().map(|error| match error.downcast_ref::<sqlx::Error>() {
        Some(sqlx::Error::Database(error)) => {
            format!("SQLSTATE {}", error.code().unwrap_or_default())
        }
        _ if error.is::<sqlx::postgres::PgDatabaseError>() => "from Postgres".to_owned(),
        _ => error.to_string(),
    });
    reasons.collect::<Vec<_>>().join(": ")
}
