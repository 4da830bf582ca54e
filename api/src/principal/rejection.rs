//! Credentials that are not valid.

use commands::ReadError;

use crate::problem::Problem;

/// Why a credential is rejected.
pub(super) enum Rejection {
    /// It is not valid, or no longer.
    Invalid,
    /// That could not be checked.
    Failed(Problem),
}

impl From<Problem> for Rejection {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}

impl From<ReadError> for Rejection {
    fn from(error: ReadError) -> Self {
        Self::Failed(error.into())
    }
}

/// `None` for a credential that proved invalid; an error only where the check failed.
pub(super) fn none_if_invalid<T>(checked: Result<T, Rejection>) -> Result<Option<T>, Problem> {
    match checked {
        Ok(valid) => Ok(Some(valid)),
        Err(Rejection::Invalid) => Ok(None),
        Err(Rejection::Failed(problem)) => Err(problem),
    }
}

pub(super) fn require_valid(condition: bool) -> Result<(), Rejection> {
    if condition { Ok(()) } else { Err(Rejection::Invalid) }
}
