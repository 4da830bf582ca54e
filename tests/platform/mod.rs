//! Operations: clocks, keys, erasure, retention, parked events, and the demonstration data.

mod clocks;
mod demo;
mod erasure;
mod keys;
mod parked;
mod sweep;
