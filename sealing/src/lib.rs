//! Keys of data subjects: what is sealed with one can be read as long as it exists, and nowhere
//! afterwards (crypto-shredding).
//!
//! Every person has a 256-bit key of its own, wrapped by the deployment's master key, which may be
//! exchanged while the system runs. Values are
//! sealed with AES-256-GCM under a random nonce; the associated data names the event and the field
//! they belong to, so a ciphertext that is moved to another one does not open.
//!
//! **Invariant:** a key is never written anywhere but wrapped, and never logged.

mod exchange;
mod keys;
mod master;
mod places;
mod ring;
mod signing;
mod ticket;

pub use exchange::{Exchanged, announce, exchange};
pub use keys::{Keys, NewKey, Place, Sealed, SealingError};
pub use master::{MasterKey, Source, WrappingKey};
pub use ring::KeyRing;
pub use signing::{Algorithm, LEAD, SigningKey};
pub use ticket::Ticket;
