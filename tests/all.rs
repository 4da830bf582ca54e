//! What only the whole can show.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod architecture;
mod faults;
mod projections;
mod readme;
mod store;
mod workers;
