//! Password hashes and other secrets of a user. They are never shown in logs.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A password's Argon2id hash in the PHC string format, never the password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = r"^\$argon2id\$")]
pub struct PasswordHash(String);

impl PasswordHash {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PasswordHash {
    type Error = &'static str;

    fn try_from(hash: String) -> Result<Self, Self::Error> {
        if hash.starts_with("$argon2id$") { Ok(Self(hash)) } else { Err("is no Argon2id hash") }
    }
}

impl From<PasswordHash> for String {
    fn from(hash: PasswordHash) -> Self {
        hash.0
    }
}

/// Keeps hashes out of logs; for the same reason there is no `Display`.
impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$argon2id$…")
    }
}

/// Something that is shared with nobody: the key of an authenticator, a passkey as it is stored.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String)]
pub struct Secret(String);

impl Secret {
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
