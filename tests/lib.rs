//! What the tests of the whole system share: real engines, the program started on them, and callers
//! of its API.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
#![expect(clippy::missing_panics_doc, reason = "all of it panics when the test cannot go on")]

mod caller;
pub mod database;
mod process;
pub mod revocable;
pub mod session_tokens;
pub mod shared_engines;
pub mod world;
