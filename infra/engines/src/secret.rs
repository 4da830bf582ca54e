//! What is never printed: addresses with passwords in them, and keys.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize, Serializer};

/// A setting that is never printed. Of an address, only its password is hidden.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret in plain.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself. Keep it from logs and messages.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Writes it for those who must know it, into a place that is only theirs.
    pub(crate) fn serialize_plain<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.reveal())
    }

    pub(crate) fn serialize_each_plain<K: Serialize, S: Serializer>(
        secrets: &BTreeMap<K, Self>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_map(secrets.iter().map(|(key, secret)| (key, secret.reveal())))
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((scheme, rest)) = self.0.split_once("://") else {
            return f.write_str("(hidden)");
        };
        // A password may also stand among the parameters.
        let rest = rest.split_once('?').map_or(rest, |(rest, _)| rest);
        match rest.rsplit_once('@') {
            Some((user, host)) => {
                // A user alone may be a token.
                let user = user.split_once(':').map(|(user, _)| format!("{user}:"));
                write!(f, "{scheme}://{}(hidden)@{host}", user.unwrap_or_default())
            }
            None => write!(f, "{scheme}://{rest}"),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
