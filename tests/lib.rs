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
pub mod tus;
pub mod world;

/// How much more than on every change is tried of what can be tried without end (guesses, generated
/// requests, runs beside a load): once as much, or as many times as the variable `TEST_EFFORT` says.
/// Five times is what was asked for where a number was.
#[must_use]
pub fn effort() -> usize {
    std::env::var("TEST_EFFORT").map_or(1, |times| times.parse().unwrap())
}
