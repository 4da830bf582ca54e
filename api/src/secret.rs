//! Secrets of 256 random bits, stored as hashes only; with so many bits a fast hash is as safe as a
//! slow one.

use anyhow::anyhow;
use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{SHA256, digest},
    rand,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::identity::service_account::KeyHash;
use domain::to_hexadecimal;

/// 256 random bits in URL-safe Base64.
pub(crate) struct RandomSecret(String);

impl RandomSecret {
    pub(crate) fn new() -> anyhow::Result<Self> {
        Ok(Self(URL_SAFE_NO_PAD.encode(random_bytes::<32>()?)))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The hash to store.
    pub(crate) fn hash(&self) -> anyhow::Result<KeyHash> {
        hash(&self.0)
    }
}

impl From<RandomSecret> for String {
    fn from(secret: RandomSecret) -> Self {
        secret.0
    }
}

/// Cryptographically random bytes.
pub(crate) fn random_bytes<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| anyhow!("the system gives no random numbers"))?;
    Ok(bytes)
}

/// The hash of a secret to store in an aggregate.
pub(crate) fn hash(secret: &str) -> anyhow::Result<KeyHash> {
    KeyHash::try_from(to_hexadecimal(&sha256(secret))).map_err(|why| anyhow!(why))
}

/// Whether a secret has this hash, in constant time.
pub(crate) fn matches_hash(secret: &str, hash: &KeyHash) -> bool {
    constant_time_eq(&to_hexadecimal(&sha256(secret)), hash.as_str())
}

/// Compares in constant time.
pub(crate) fn constant_time_eq(one: &str, other: &str) -> bool {
    verify_slices_are_equal(one.as_bytes(), other.as_bytes()).is_ok()
}

/// SHA-256, as stored in rows.
pub(crate) fn sha256(text: &str) -> Vec<u8> {
    digest(&SHA256, text.as_bytes()).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_secret_itself_fits_its_hash() {
        let (secret, other) = (RandomSecret::new().unwrap(), RandomSecret::new().unwrap());
        assert!(matches_hash(secret.as_str(), &secret.hash().unwrap()));
        assert!(!matches_hash(other.as_str(), &secret.hash().unwrap()));
        assert!(!matches_hash("", &secret.hash().unwrap()));
    }
}
