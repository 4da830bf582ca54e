//! The deployment's master key: it wraps other keys, and keys and digests are derived from its secret.
//!
//! A [`WrappingKey`] is kept outside the database and wraps every other key. It can be rotated while
//! the system runs: each has an id, which precedes everything that it wrapped. Digests and derived
//! keys must not change with it, since claims, links and tokens are found by them: they are derived
//! from a secret of the deployment, which is itself stored only wrapped.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    error::Unspecified,
    hmac, rand,
};
use base64::{Engine, engine::general_purpose::STANDARD};

use domain::to_hexadecimal;

/// How many bytes the id of a wrapping key has.
pub(crate) const KEY_ID_LENGTH: usize = 8;

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

/// A key that is kept outside the database and wraps other keys.
#[derive(Clone)]
pub struct WrappingKey([u8; 32]);

impl WrappingKey {
    /// A new one, from the system's random source.
    pub fn generate() -> Result<Self, Unspecified> {
        random_key().map(Self)
    }

    /// From its Base64 form; `None` unless it is 32 bytes.
    pub fn from_base64(text: &str) -> Option<Self> {
        STANDARD.decode(text.trim()).ok()?.try_into().ok().map(Self)
    }

    /// For the one file or secret that keeps it.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// Identifies the key without revealing it: 16 hexadecimal digits.
    pub fn id(&self) -> String {
        to_hexadecimal(&self.id_bytes())
    }

    fn id_bytes(&self) -> [u8; KEY_ID_LENGTH] {
        let mut id = [0; KEY_ID_LENGTH];
        id.copy_from_slice(&derive_key(&self.0, "id")[..KEY_ID_LENGTH]);
        id
    }

    fn aead(&self) -> Result<Aead, Unspecified> {
        Aead::new(&derive_key(&self.0, "wrap"))
    }

    /// `id || nonce || ciphertext || tag`.
    pub(crate) fn wrap(&self, context: &[u8], key: &[u8]) -> Result<Vec<u8>, Unspecified> {
        Ok([self.id_bytes().as_slice(), &self.aead()?.seal(context, key)?].concat())
    }
}

impl fmt::Debug for WrappingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WrappingKey({})", self.id())
    }
}

/// Reads the wrapping keys from where they are kept; `None` if they cannot be read now.
pub type WrappingKeyReader = Box<dyn Fn() -> Option<Vec<WrappingKey>> + Send + Sync>;

/// The master key of the deployment. Cheap to clone; all clones follow a rotation.
#[derive(Clone)]
pub struct MasterKey(Arc<Inner>);

struct Inner {
    /// The first one wraps; all of them unwrap.
    keys: RwLock<Vec<WrappingKey>>,
    reader: Option<WrappingKeyReader>,
    secret: [u8; 32],
    digests: hmac::Key,
}

impl MasterKey {
    /// One that was never kept anywhere: for tests.
    pub fn generate() -> Result<Self, Unspecified> {
        Ok(Self::new(vec![WrappingKey::generate()?], random_key()?, None))
    }

    pub(crate) fn new(
        keys: Vec<WrappingKey>,
        secret: [u8; 32],
        reader: Option<WrappingKeyReader>,
    ) -> Self {
        let digests = hmac::Key::new(hmac::HMAC_SHA256, &derive_key(&secret, "digest"));
        Self(Arc::new(Inner { keys: RwLock::new(keys), reader, secret, digests }))
    }

    /// Encrypts another key with this one; `context` must be the same to unwrap it.
    pub fn wrap(&self, context: &[u8], key: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let keys = self.0.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.first().ok_or(Unspecified)?.wrap(context, key)
    }

    /// Decrypts a wrapped key, whichever of the keys wrapped it. If the id is unknown it may be a new
    /// key, so the keys are read again.
    pub fn unwrap(&self, context: &[u8], wrapped: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let (id, sealed) = wrapped.split_at_checked(KEY_ID_LENGTH).ok_or(Unspecified)?;
        let key = self.by_id(id).or_else(|| {
            self.reload();
            self.by_id(id)
        });
        key.ok_or(Unspecified)?.aead()?.open(context, sealed)
    }

    fn by_id(&self, id: &[u8]) -> Option<WrappingKey> {
        let keys = self.0.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.iter().find(|key| key.id_bytes() == id).cloned()
    }

    /// Reads the wrapping keys again: they may have been rotated.
    pub fn reload(&self) {
        if let Some(read) = self.0.reader.as_ref().and_then(|read| read())
            && !read.is_empty()
        {
            *self.0.keys.write().unwrap_or_else(PoisonError::into_inner) = read;
        }
    }

    /// Encrypts data that others keep for us, such as a cookie. `context` must be the same to open it.
    pub fn seal(&self, context: &[u8], plain: &[u8]) -> Result<Vec<u8>, Unspecified> {
        Aead::new(&self.derive("seal"))?.seal(context, plain)
    }

    /// What was [sealed](Self::seal).
    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Unspecified> {
        Aead::new(&self.derive("seal"))?.open(context, sealed)
    }

    /// Derives a key for one purpose.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        derive_key(&self.0.secret, purpose)
    }

    /// A keyed digest of 128 bits: equal texts have equal digests; nothing else can be learnt from them.
    pub fn digest(&self, text: &str) -> Vec<u8> {
        hmac::sign(&self.0.digests, text.as_bytes()).as_ref()[..16].to_vec()
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

fn derive_key(key: &[u8; 32], purpose: &str) -> [u8; 32] {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let mut context = hmac::Context::with_key(&key);
    context.update(b"\0purpose\0");
    context.update(purpose.as_bytes());
    let mut derived = [0; 32];
    derived.copy_from_slice(context.sign().as_ref());
    derived
}

/// 32 random bytes.
pub(crate) fn random_key() -> Result<[u8; 32], Unspecified> {
    let mut key = [0; 32];
    rand::fill(&mut key)?;
    Ok(key)
}

/// The id of the key that wrapped something, in hexadecimal digits.
pub(crate) fn wrapping_key_id(wrapped: &[u8]) -> String {
    to_hexadecimal(&wrapped[..wrapped.len().min(KEY_ID_LENGTH)])
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
        let sealed = master.seal(b"cookie", b"anna").unwrap();
        assert_eq!(master.open(b"cookie", &sealed).unwrap(), b"anna");
        assert!(master.open(b"other", &sealed).is_err());
        assert!(master.unwrap(b"cookie", &sealed).is_err(), "sealing is not wrapping");
    }

    #[test]
    fn s_14_an_exchanged_key_is_read_again_and_digests_stay() {
        let [old, new] = [(); 2].map(|()| WrappingKey::generate().unwrap());
        let secret = random_key().unwrap();
        let kept = Arc::new(RwLock::new(vec![old.clone()]));
        let shared = Arc::clone(&kept);
        let reader: WrappingKeyReader = Box::new(move || Some(shared.read().unwrap().clone()));
        let master = MasterKey::new(vec![old.clone()], secret, Some(reader));
        let (before, digest) = (master.wrap(b"anna", b"key").unwrap(), master.digest("anna"));

        *kept.write().unwrap() = vec![new.clone(), old];
        let other = MasterKey::new(vec![new.clone()], secret, None);
        let after = other.wrap(b"anna", b"key").unwrap();
        assert_ne!(before[..KEY_ID_LENGTH], after[..KEY_ID_LENGTH]);
        assert_eq!(wrapping_key_id(&after), new.id());
        assert_eq!(master.unwrap(b"anna", &after).unwrap(), b"key", "a new key is looked for");
        assert_eq!(master.unwrap(b"anna", &before).unwrap(), b"key");
        assert_eq!(wrapping_key_id(&master.wrap(b"anna", b"key").unwrap()), new.id());
        assert!(other.unwrap(b"anna", &before).is_err(), "the old one is needed for what is old");
        assert_eq!((master.digest("anna"), other.digest("anna")), (digest.clone(), digest));
    }

    #[test]
    fn it_survives_its_text_form_and_never_shows() {
        let key = WrappingKey::generate().unwrap();
        let read = WrappingKey::from_base64(&key.to_base64()).unwrap();
        assert_eq!(read.id(), key.id());
        assert_eq!(key.id().len(), 2 * KEY_ID_LENGTH);
        let master = MasterKey::generate().unwrap();
        let shown = format!("{key:?}{master:?}");
        let bytes = STANDARD.decode(key.to_base64()).unwrap();
        for secret in [key.to_base64(), format!("{bytes:?}"), format!("{:?}", &bytes[..4])] {
            assert!(!shown.contains(secret.trim_end_matches(']')), "{shown}");
        }
        assert!(WrappingKey::from_base64("c2hvcnQ=").is_none());
    }
}
