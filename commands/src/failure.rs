//! Why a command comes to nothing.

use std::fmt;

use domain::{Broken, Decider, identity::Right};
use sqlx::{
    error::DatabaseError,
    postgres::{PgDatabaseError, PgSeverity},
};
use thiserror::Error;

/// Why something could not be looked up.
#[derive(Debug, Error)]
pub enum Lost {
    /// The database cannot be reached just now.
    #[error("the event store cannot be reached: {0}")]
    Unreachable(sqlx::Error),
    #[error("the event store failed: {0}")]
    Failed(sqlx::Error),
    #[error(transparent)]
    Broken(#[from] Broken),
}

impl From<sqlx::Error> for Lost {
    fn from(error: sqlx::Error) -> Self {
        if Outage::of(&error).is_some() { Self::Unreachable(error) } else { Self::Failed(error) }
    }
}

/// What keeps the database from answering anybody just now. To try again later may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    /// There is no connection, for whatever reason; the server stops or starts.
    Connection,
    /// The server has no room left, or the system refuses it something (a full disk, often).
    Room,
    /// A statement took too long. It may be the statement's own fault.
    Time,
}

impl Outage {
    /// The outage for which something failed, if it did for one.
    pub fn behind(why: &anyhow::Error) -> Option<Self> {
        why.chain().find_map(|cause| cause.downcast_ref().and_then(Self::of))
    }

    pub fn of(error: &sqlx::Error) -> Option<Self> {
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

/// What keeps anybody from recording anything just now: it says nothing of a command, and passes.
#[derive(Debug, Error)]
#[error("the same command may succeed a little later")]
pub struct Passing;

impl Passing {
    /// Whether something failed for such a reason. A query that takes too long is none: it may take
    /// too long whenever it is asked.
    pub fn is(why: &anyhow::Error) -> bool {
        why.chain().any(|cause| {
            let outage = cause.downcast_ref().and_then(Outage::of);
            cause.is::<Self>() || matches!(outage, Some(Outage::Connection | Outage::Room))
        })
    }
}

/// Why a command came to nothing.
#[derive(Debug, Error)]
pub enum Failure<R> {
    /// The caller lacks a right, or it does not go as far.
    #[error("this takes the right {right}")]
    Forbidden { right: Right },
    #[error("{0}")]
    Refused(R),
    /// Somebody else holds what the aggregate would have to hold.
    #[error("{what} is taken")]
    Taken { what: String, rule: String },
    /// The caller named a version that is not the present one.
    #[error("it changed in the meantime: its version is {current}")]
    Stale { current: i32 },
    /// Others were faster, again and again.
    #[error("too many are writing at once")]
    Contended,
    /// The idempotency key was used for something else.
    #[error("this idempotency key was used with another request")]
    KeyReused,
    /// What happens would be more than fits in one message on the bus.
    #[error("this is too large to be recorded")]
    TooLarge,
    /// Personal data of somebody who was erased.
    #[error("the person was erased; nothing new can be written about them")]
    SubjectErased,
    /// More commands are waiting than can be written in good time.
    #[error("too many commands are waiting")]
    Overloaded(#[source] Passing),
    /// The store cannot be reached. Whether the command was recorded is not known: send it again
    /// with its idempotency key.
    #[error("the event store cannot be reached")]
    Unavailable(#[source] Option<Passing>),
    /// The clocks of this process and of the database disagree, or one has just jumped: nothing is
    /// recorded at a time that may be wrong.
    #[error("the clocks disagree about the time")]
    ClocksDisagree(#[source] Passing),
    /// A fault of ours.
    #[error(transparent)]
    Broken(anyhow::Error),
}

impl<R: fmt::Display> Failure<R> {
    /// The same of a command that the business has no reason to refuse: if it does, the fault is
    /// ours.
    pub fn unexpected<S>(self) -> Failure<S> {
        match self {
            Self::Refused(why) => Failure::Broken(anyhow::anyhow!("refused unexpectedly: {why}")),
            Self::Forbidden { right } => Failure::Forbidden { right },
            Self::Taken { what, rule } => Failure::Taken { what, rule },
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

impl<R> From<Lost> for Failure<R> {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::Unreachable(why) => {
                tracing::warn!(%why, "the event store cannot be reached");
                Self::Unavailable(Some(Passing))
            }
            // Of versions side by side the newer one knows what to do.
            Lost::Broken(why @ Broken::Newer { .. }) => {
                tracing::warn!(%why, "cannot be decided by this version");
                Self::Unavailable(None)
            }
            lost => Self::Broken(lost.into()),
        }
    }
}

impl<R> From<sqlx::Error> for Failure<R> {
    fn from(error: sqlx::Error) -> Self {
        Lost::from(error).into()
    }
}

/// What a handler's command may come to.
pub(crate) type CommandResult<T, D> = Result<T, Failure<<D as Decider>::Refusal>>;
