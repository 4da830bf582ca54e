//! Tests of the executable and of the engines that it starts.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod common;
mod engines;
mod mistakes;
mod up;
