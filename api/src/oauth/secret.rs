use anyhow::anyhow;
use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{SHA256, digest},
    rand,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::identity::service_account::KeyHash;

use crate::api_key::hexadecimal;

/// 256 random bits, in letters that go anywhere.
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let mut random = [0; 32];
        rand::fill(&mut random).map_err(|_| anyhow!("the system gives no random numbers"))?;
        Ok(Self(URL_SAFE_NO_PAD.encode(random)))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// All that is kept of it.
    pub(crate) fn hash(&self) -> anyhow::Result<KeyHash> {
        KeyHash::try_from(hexadecimal(&sha256(&self.0))).map_err(|why| anyhow!(why))
    }
}

impl From<Secret> for String {
    fn from(secret: Secret) -> Self {
        secret.0
    }
}

/// Whether a secret is the one of a hash, in a time that does not tell how nearly it is.
pub(super) fn fits(secret: &str, known: &KeyHash) -> bool {
    equal(&hexadecimal(&sha256(secret)), known.as_str())
}

pub(super) fn equal(one: &str, other: &str) -> bool {
    verify_slices_are_equal(one.as_bytes(), other.as_bytes()).is_ok()
}

/// SHA-256, as rows keep it.
pub(super) fn sha256(text: &str) -> Vec<u8> {
    digest(&SHA256, text.as_bytes()).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_secret_itself_fits_its_hash() {
        let (secret, other) = (Secret::new().unwrap(), Secret::new().unwrap());
        assert!(fits(secret.as_str(), &secret.hash().unwrap()));
        assert!(!fits(other.as_str(), &secret.hash().unwrap()));
        assert!(!fits("", &secret.hash().unwrap()));
    }
}
