//! When what happens, with whom.

mod zones;

pub use zones::Zones;
