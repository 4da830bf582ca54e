//! The executable as a person meets it, on real engines.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod common;
mod engines;
mod up;
