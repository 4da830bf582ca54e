//! What the clock does to licences.

mod license;

pub use license::Expiry;
