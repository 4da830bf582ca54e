//! The keys that programs show instead of tokens: `sbk_<id>_<secret>`.

use std::fmt::{self, Write};

use anyhow::anyhow;
use aws_lc_rs::{
    constant_time,
    digest::{SHA256, digest},
    rand,
};
use domain::identity::service_account::{ApiKeyId, KeyHash};
use uuid::Uuid;

const PREFIX: &str = "sbk_";

/// A key as its program shows it. The secret is 256 random bits, so a fast hash keeps it as well
/// as a slow one.
pub(crate) struct Key {
    pub(crate) id: ApiKeyId,
    secret: String,
}

impl Key {
    /// A new one.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let mut random = [0; 32];
        rand::fill(&mut random).map_err(|_| anyhow!("there are no random numbers"))?;
        Ok(Self { id: ApiKeyId::new(), secret: hexadecimal(&random) })
    }

    /// The key that a bearer shows; `None` if it is none, but perhaps a token.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let id = Uuid::try_parse(id).ok()?.into();
        Some(Self { id, secret: secret.to_owned() })
    }

    /// What may be kept of it.
    pub(crate) fn hash(&self) -> anyhow::Result<KeyHash> {
        KeyHash::try_from(self.digest()).map_err(|why| anyhow!(why))
    }

    /// Whether it is the one of which this was kept.
    pub(crate) fn fits(&self, hash: &KeyHash) -> bool {
        let own = self.digest();
        constant_time::verify_slices_are_equal(own.as_bytes(), hash.as_str().as_bytes()).is_ok()
    }

    fn digest(&self) -> String {
        hexadecimal(digest(&SHA256, self.secret.as_bytes()).as_ref())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}_{}", self.id.uuid().simple(), self.secret)
    }
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
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
