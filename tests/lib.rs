//! Ground for the tests to stand on: real engines, and the whole program on them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
#![expect(clippy::missing_panics_doc, reason = "all of it panics when the test cannot go on")]

mod caller;
pub mod database;
pub mod forge;
pub mod held;
mod process;
pub mod shared;
pub mod world;
