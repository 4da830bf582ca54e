//! Credentials that are not valid.

use commands::LookupError;

use crate::problem::Problem;

/// Why a credential is rejected.
pub(super) enum Rejected {
    /// It is not valid, or no longer.
    Invalid,
    /// That could not be checked.
    Failed(Problem),
}

impl From<Problem> for Rejected {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}

impl From<LookupError> for Rejected {
    fn from(error: LookupError) -> Self {
        Self::Failed(error.into())
    }
}

/// `None` for a credential that proved invalid; an error only where the check failed.
pub(super) fn if_valid<T>(checked: Result<T, Rejected>) -> Result<Option<T>, Problem> {
    match checked {
        Ok(valid) => Ok(Some(valid)),
        Err(Rejected::Invalid) => Ok(None),
        Err(Rejected::Failed(problem)) => Err(problem),
    }
}

pub(super) fn require(condition: bool) -> Result<(), Rejected> {
    if condition { Ok(()) } else { Err(Rejected::Invalid) }
}
