//! Who needs help, and what was said.

mod continuation;

pub use continuation::worker as continuations;
