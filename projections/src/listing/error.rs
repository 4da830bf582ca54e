//! Why a query has no answer.

use crate::{Error, concurrency_limit::Busy};

/// Why a query has no answer.
#[derive(Debug, thiserror::Error)]
pub enum BadQuery {
    /// A parameter is invalid.
    #[error("{parameter}: {message}")]
    Parameter {
        /// As it stands in the URL: `filter[status]`.
        parameter: String,
        message: String,
    },
    #[error("a row of {table} does not fit: {why}")]
    IncompatibleRows { table: &'static str, why: serde_json::Error },
    #[error(transparent)]
    Unreadable(Error),
    #[error("the read model {0} was never built")]
    NotBuilt(&'static str),
    #[error("too many ask for this kind of thing; try again")]
    Busy,
    #[error("this takes too long; ask for less")]
    TooLong,
    #[error(transparent)]
    Database(sqlx::Error),
}

/// The SQLSTATE of a statement that was cancelled, by its timeout as well.
const QUERY_CANCELED: &str = "57014";

impl From<sqlx::Error> for BadQuery {
    fn from(why: sqlx::Error) -> Self {
        match &why {
            sqlx::Error::Database(said) if said.code().as_deref() == Some(QUERY_CANCELED) => {
                Self::TooLong
            }
            _ => Self::Database(why),
        }
    }
}

impl From<Busy> for BadQuery {
    fn from(Busy: Busy) -> Self {
        Self::Busy
    }
}

impl From<Error> for BadQuery {
    fn from(why: Error) -> Self {
        match why {
            Error::Database(why) => why.into(),
            why => Self::Unreadable(why),
        }
    }
}

impl BadQuery {
    /// An error of a parameter, by its name in the URL.
    pub(crate) fn parameter(parameter: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Parameter { parameter: parameter.into(), message: message.into() }
    }
}
