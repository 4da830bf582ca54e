use thiserror::Error;

/// Why a read model could not be kept, built or read. What an event is to blame for is none of
/// these: it parks the event's stream.
#[derive(Debug, Error)]
pub enum Error {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error("there is no projector called {0}")]
    Unknown(String),
    #[error("{projector}: the rows in {schema} do not fit the code ({why}); raise its version")]
    Unfit { projector: &'static str, schema: String, why: String },
    #[error("{projector} is kept by version {stored} of its code; this is version {code}")]
    Superseded { projector: &'static str, stored: i32, code: i32 },
    #[error("the schema {0} exists; name one that does not")]
    Occupied(String),
    #[error("{0} is no name for a schema: use small letters, digits and _")]
    Misnamed(String),
    #[error("{0} was never built")]
    Unbuilt(String),
}

/// Whether the data is to blame, so that trying again would fail again.
pub(crate) fn is_data(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else { return false };
    // Cardinality, data, integrity; a value too large for an index.
    error.code().is_some_and(|code| ["21", "22", "23", "54"].iter().any(|c| code.starts_with(c)))
}
