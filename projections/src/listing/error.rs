//! Why a query has no answer.

use thiserror::Error;

/// Why a query has no answer.
#[derive(Debug, Error)]
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
    #[error("the read model {0} was never built")]
    NotBuilt(&'static str),
    #[error("too many ask for reports; try again")]
    Busy,
    #[error("this report takes too long; ask for a shorter period")]
    TooLong,
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl BadQuery {
    /// An error of a parameter, by its name in the URL.
    pub(crate) fn parameter(parameter: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Parameter { parameter: parameter.into(), message: message.into() }
    }
}
