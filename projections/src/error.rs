//! Why a read model could not be kept, built or read.

use thiserror::Error;

/// Why a read model could not be kept, built or read. Events that cannot be applied are not among these:
/// they park their stream.
#[derive(Debug, Error)]
pub enum Error {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error("there is no read model called {name}; did you mean {nearest}? There are {names}")]
    UnknownProjector { name: String, nearest: &'static str, names: String },
    #[error("{projector}: the rows in {schema} do not fit the code ({why}); raise its version")]
    IncompatibleRows { projector: &'static str, schema: String, why: String },
    #[error("{projector} is kept by version {stored} of its code; this is version {code}")]
    Superseded { projector: &'static str, stored: i32, code: i32 },
    #[error("somebody still reads the tables that the last rebuild of {0} has replaced; try again")]
    OldTablesAreRead(&'static str),
    #[error("the scenario of the replay {replay} is not one that this version knows: {why}")]
    UnreadableScenario { replay: String, why: serde_json::Error },
    #[error("a schema or role {0} exists; name one that does not")]
    SchemaExists(String),
    #[error(
        "{0} is no name for a schema: use small letters, digits and single _, 30 at most, and begin neither with pg_ nor with servicebook"
    )]
    InvalidSchemaName(String),
    #[error("{0} is still to come")]
    Future(String),
    #[error("there is no analyst {0}: `servicebook analyst list` names them")]
    UnknownAnalyst(String),
    #[error("{0} was never built")]
    NotBuilt(String),
}

/// Whether the data caused the error, so that a retry would fail again.
pub(crate) fn is_data_error(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else { return false };
    // Cardinality, data, integrity; a value too large for an index.
    error.code().is_some_and(|code| ["21", "22", "23", "54"].iter().any(|c| code.starts_with(c)))
}
