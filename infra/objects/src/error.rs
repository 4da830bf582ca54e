//! Why something with an object fails.

use thiserror::Error;

/// Why an object cannot be written, read or removed.
#[derive(Debug, Error)]
pub enum ObjectError {
    #[error("there is no object {key} in {location}")]
    Missing { location: String, key: String },
    /// The settings, the credentials or the rights are wrong: trying again does not help.
    #[error("the object store {location} cannot be used: {why}")]
    Unusable { location: String, why: String },
    /// It does not answer, or has no room: the same may succeed a little later.
    #[error("the object store {location} is not available: {why}")]
    Unavailable { location: String, why: String },
}

impl ObjectError {
    /// Whether it passes by itself.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    pub(crate) fn from_store(location: &str, why: object_store::Error) -> Self {
        use object_store::Error as E;
        let location = location.to_owned();
        match why {
            E::NotFound { path, .. } => Self::Missing { location, key: path },
            E::PermissionDenied { .. }
            | E::Unauthenticated { .. }
            | E::InvalidPath { .. }
            | E::NotSupported { .. }
            | E::UnknownConfigurationKey { .. } => {
                Self::Unusable { location, why: whole_chain(&why) }
            }
            why => Self::Unavailable { location, why: whole_chain(&why) },
        }
    }
}

/// An error with its reasons, each once.
fn whole_chain(why: &dyn std::error::Error) -> String {
    let mut text = why.to_string();
    let mut next = why.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    text
}
