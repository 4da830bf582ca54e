//! Why a command or a read fails.

use std::fmt;

use chrono::{DateTime, Utc};
use domain::{Decider, EventFormatError, identity::Right};
use serde::{Deserialize, Serialize};
use sqlx::{
    error::DatabaseError,
    postgres::{PgDatabaseError, PgSeverity},
};
use thiserror::Error;

/// Why reading aggregates or claims failed.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The database cannot be reached at the moment.
    #[error("the event store cannot be reached: {0}")]
    Unreachable(sqlx::Error),
    #[error("the event store failed: {0}")]
    Failed(sqlx::Error),
    #[error(transparent)]
    Broken(#[from] EventFormatError),
}

impl From<sqlx::Error> for ReadError {
    fn from(error: sqlx::Error) -> Self {
        if Outage::from_sqlx(&error).is_some() {
            Self::Unreachable(error)
        } else {
            Self::Failed(error)
        }
    }
}

/// Why the database cannot answer at the moment. A later attempt may succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    /// There is no connection, or the server stops or starts.
    Connection,
    /// The server lacks resources, such as disk space.
    Room,
    /// A statement took too long. The statement itself may be the reason.
    Time,
}

impl Outage {
    /// The outage that caused an error, if one did.
    pub fn from_error_chain(why: &anyhow::Error) -> Option<Self> {
        why.chain().find_map(|cause| cause.downcast_ref().and_then(Self::from_sqlx))
    }

    pub fn from_sqlx(error: &sqlx::Error) -> Option<Self> {
        match error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Some(Self::Connection),
            sqlx::Error::Database(error) if ends_the_connection(error.as_ref()) => {
                Some(Self::Connection)
            }
            sqlx::Error::Database(error) => match error.code()?.as_ref() {
                "57014" => Some(Self::Time),
                code if code.starts_with("57P") || code.starts_with("08") => Some(Self::Connection),
                code if code.starts_with("53") || code.starts_with("58") => Some(Self::Room),
                _ => None,
            },
            _ => None,
        }
    }
}

fn ends_the_connection(error: &(dyn DatabaseError + 'static)) -> bool {
    let severity = error.try_downcast_ref::<PgDatabaseError>().map(PgDatabaseError::severity);
    matches!(severity, Some(PgSeverity::Fatal | PgSeverity::Panic))
}

/// Marks errors that are not the command's fault and pass by themselves.
#[derive(Debug, Error)]
#[error("the same command may succeed a little later")]
pub struct TransientError;

impl TransientError {
    /// Whether an error is transient. A query that took too long is not: it may take too long every time.
    pub fn is_cause_of(why: &anyhow::Error) -> bool {
        why.chain().any(|cause| {
            let outage = cause.downcast_ref().and_then(Outage::from_sqlx);
            cause.is::<Self>() || matches!(outage, Some(Outage::Connection | Outage::Room))
        })
    }
}

/// The time for which something is held of which no more can be had then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimedPeriod {
    /// Which one of its kind, as the command says.
    pub key: String,
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

/// Why a command failed.
#[derive(Debug, Error)]
pub enum Failure<R> {
    /// The caller lacks the right, or its scope is too small.
    #[error("this takes the right {right}")]
    Forbidden { right: Right },
    #[error("{0}")]
    Refused(R),
    /// Another aggregate holds what this one must claim.
    #[error("{what} is taken")]
    Taken { what: String, rule: String, time: Option<ClaimedPeriod> },
    /// The caller expected another version.
    #[error("it changed in the meantime: its version is {current}")]
    Stale { current: i32 },
    /// Conflicts with other commands, at every attempt.
    #[error("too many are writing at once")]
    Contended,
    /// The idempotency key was used for something else.
    #[error("this idempotency key was used with another request")]
    KeyReused,
    /// An event would not fit into one message on the bus.
    #[error("this is too large to be recorded")]
    TooLarge,
    /// It holds personal data of a person who was erased.
    #[error("the person was erased; nothing new can be written about them")]
    SubjectErased,
    /// Too many commands are queued.
    #[error("too many commands are waiting")]
    Overloaded(#[source] TransientError),
    /// The store cannot be reached. It is unknown whether the command was recorded: send it again with its
    /// idempotency key.
    #[error("the event store cannot be reached")]
    Unavailable(#[source] Option<TransientError>),
    /// The clocks of this process and of the database differ, or one has just jumped: nothing is recorded
    /// at a time that may be wrong.
    #[error("the clocks disagree about the time")]
    ClocksDisagree(#[source] TransientError),
    /// An internal error.
    #[error(transparent)]
    Broken(anyhow::Error),
}

impl<R: fmt::Display> Failure<R> {
    /// Converts the failure of a command that the business cannot refuse: a refusal is an internal error.
    pub fn with_refusal_as_internal_error<S>(self) -> Failure<S> {
        match self {
            Self::Refused(why) => Failure::Broken(anyhow::anyhow!("refused unexpectedly: {why}")),
            Self::Forbidden { right } => Failure::Forbidden { right },
            Self::Taken { what, rule, time } => Failure::Taken { what, rule, time },
            Self::Stale { current } => Failure::Stale { current },
            Self::Contended => Failure::Contended,
            Self::KeyReused => Failure::KeyReused,
            Self::TooLarge => Failure::TooLarge,
            Self::SubjectErased => Failure::SubjectErased,
            Self::Overloaded(why) => Failure::Overloaded(why),
            Self::Unavailable(why) => Failure::Unavailable(why),
            Self::ClocksDisagree(why) => Failure::ClocksDisagree(why),
            Self::Broken(why) => Failure::Broken(why),
        }
    }
}

impl<R> From<ReadError> for Failure<R> {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unreachable(why) => {
                tracing::warn!(%why, "the event store cannot be reached");
                Self::Unavailable(Some(TransientError))
            }
            // During an update the newer version can decide it.
            ReadError::Broken(why @ EventFormatError::Newer { .. }) => {
                tracing::warn!(%why, "cannot be decided by this version");
                Self::Unavailable(None)
            }
            error => Self::Broken(error.into()),
        }
    }
}

impl<R> From<sqlx::Error> for Failure<R> {
    fn from(error: sqlx::Error) -> Self {
        ReadError::from(error).into()
    }
}

/// The result of a command of the aggregate `D`.
pub(crate) type CommandResult<T, D> = Result<T, Failure<<D as Decider>::Refusal>>;
