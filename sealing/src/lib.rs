//! Keys of data subjects: data that is sealed with a key can be read as long as the key exists, and
//! nowhere afterwards (crypto-shredding).
//!
//! Every person has a 256-bit key of their own, wrapped by the deployment's master key, which may be
//! rotated while the system runs. Values are sealed with AES-256-GCM under a random nonce; the associated data names the event and the field
//! they belong to, so a ciphertext that is moved to another one does not open.
//!
//! **Invariant:** a key is never written anywhere but wrapped, and never logged.

mod key_ring;
mod keys;
mod link_token;
mod master;
mod rotation;
mod sealed_fields;
mod signing;

pub use key_ring::KeyRing;
pub use keys::{EventLocation, NewSubjectKey, SealedEvent, SealingError, SubjectKeys};
pub use link_token::LinkToken;
pub use master::{MasterKey, WrappingKey, WrappingKeyReader};
pub use rotation::{RotationProgress, allow_wrapping_key, rotate_master_key};
pub use signing::{Algorithm, PUBLISH_LEAD, SigningKey};
