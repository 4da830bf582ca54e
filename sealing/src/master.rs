use std::fmt;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    error::Unspecified,
    hmac, rand,
};
use base64::{Engine, engine::general_purpose::STANDARD};

/// AES-256-GCM with a nonce drawn for every value.
pub(crate) struct Aead(RandomizedNonceKey);

impl Aead {
    pub(crate) fn new(key: &[u8; 32]) -> Result<Self, Unspecified> {
        RandomizedNonceKey::new(&AES_256_GCM, key).map(Self)
    }

    /// `nonce || ciphertext || tag`.
    pub(crate) fn seal(&self, aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let mut sealed = plain.to_vec();
        let nonce = self.0.seal_in_place_append_tag(Aad::from(aad), &mut sealed)?;
        Ok([nonce.as_ref().as_slice(), &sealed].concat())
    }

    pub(crate) fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN).ok_or(Unspecified)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce)?;
        let mut plain = sealed.to_vec();
        let length = self.0.open_in_place(nonce, Aad::from(aad), &mut plain)?.len();
        plain.truncate(length);
        Ok(plain)
    }
}

/// The deployment's own key: it wraps every other key, and lies outside the database.
#[derive(Clone)]
pub struct MasterKey([u8; 32]);

impl MasterKey {
    /// A new one, from the system's random source.
    pub fn generate() -> Result<Self, Unspecified> {
        let mut key = [0; 32];
        rand::fill(&mut key)?;
        Ok(Self(key))
    }

    /// From its Base64 form; `None` unless it is 32 bytes.
    pub fn from_base64(text: &str) -> Option<Self> {
        STANDARD.decode(text.trim()).ok()?.try_into().ok().map(Self)
    }

    /// For the one file or secret that keeps it.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// Another key, readable only with this one; `context` must be the same to unwrap it.
    pub fn wrap(&self, context: &[u8], key: &[u8]) -> Result<Vec<u8>, Unspecified> {
        Aead::new(&self.0)?.seal(context, key)
    }

    pub fn unwrap(&self, context: &[u8], wrapped: &[u8]) -> Result<Vec<u8>, Unspecified> {
        Aead::new(&self.0)?.open(context, wrapped)
    }

    /// A key for one purpose, which tells nothing of the others nor of this one.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let mut context = hmac::Context::with_key(&key);
        // No text that is digested begins so: it would have no control characters.
        context.update(b"\0purpose\0");
        context.update(purpose.as_bytes());
        let mut derived = [0; 32];
        derived.copy_from_slice(context.sign().as_ref());
        derived
    }

    /// A keyed digest of 128 bits: equal texts are equal, and nothing else can be told of them.
    pub fn digest(&self, text: &str) -> Vec<u8> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        hmac::sign(&key, text.as_bytes()).as_ref()[..16].to_vec()
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_wrapped_opens_only_with_its_key_and_context() {
        let (master, other) = (MasterKey::generate().unwrap(), MasterKey::generate().unwrap());
        let wrapped = master.wrap(b"anna", b"secret").unwrap();
        assert_eq!(master.unwrap(b"anna", &wrapped).unwrap(), b"secret");
        assert!(master.unwrap(b"bert", &wrapped).is_err());
        assert!(other.unwrap(b"anna", &wrapped).is_err());
        assert!(master.unwrap(b"anna", &wrapped[..5]).is_err());
    }

    #[test]
    fn a_key_for_a_purpose_is_always_the_same_and_no_other() {
        let master = MasterKey::generate().unwrap();
        assert_eq!(master.derive("tokens"), master.derive("tokens"));
        assert_ne!(master.derive("tokens"), master.derive("links"));
        assert_ne!(master.derive("tokens")[..16], master.digest("tokens"));
    }

    #[test]
    fn it_survives_its_text_form_and_never_shows() {
        let master = MasterKey::generate().unwrap();
        let read = MasterKey::from_base64(&master.to_base64()).unwrap();
        assert_eq!(read.digest("x"), master.digest("x"));
        assert!(!format!("{master:?}").contains(&master.to_base64()));
        assert!(MasterKey::from_base64("c2hvcnQ=").is_none());
    }
}
