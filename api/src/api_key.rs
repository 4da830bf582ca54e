//! The keys that programs show instead of tokens: `sbk_<id>_<secret>`.

use std::fmt;

use domain::identity::service_account::{ApiKeyId, KeyHash};
use uuid::Uuid;

use crate::secret::{self, hexadecimal, random};

const PREFIX: &str = "sbk_";

/// A key as its program shows it.
pub(crate) struct Key {
    pub(crate) id: ApiKeyId,
    secret: String,
}

impl Key {
    /// A new one.
    pub(crate) fn new() -> anyhow::Result<Self> {
        Ok(Self { id: ApiKeyId::new(), secret: hexadecimal(&random::<32>()?) })
    }

    /// The key that a bearer shows; `None` if it is none, but perhaps a token.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let id = Uuid::try_parse(id).ok()?.into();
        Some(Self { id, secret: secret.to_owned() })
    }

    /// What may be kept of it.
    pub(crate) fn hash(&self) -> anyhow::Result<KeyHash> {
        secret::hash(&self.secret)
    }

    /// Whether it is the one of which this was kept.
    pub(crate) fn fits(&self, hash: &KeyHash) -> bool {
        secret::fits(&self.secret, hash)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}_{}", self.id.uuid().simple(), self.secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_fits_its_own_hash_and_no_other() {
        let (key, other) = (Key::new().unwrap(), Key::new().unwrap());
        let shown = Key::parse(&key.to_string()).unwrap();
        assert_eq!(shown.id, key.id);
        assert!(shown.fits(&key.hash().unwrap()));
        assert!(!shown.fits(&other.hash().unwrap()));
        assert!(!key.hash().unwrap().as_str().contains(&key.secret));
    }

    #[test]
    fn a_token_is_no_key() {
        for text in ["eyJhbGciOiJFZERTQSJ9.e30.AAAA", "sbk_x_y", "sbk_"] {
            assert!(Key::parse(text).is_none(), "{text}");
        }
    }
}
