//! Operations: the business itself, clocks, keys, erasure, retention, parked events, and the demonstration data.

mod business;
mod clocks;
mod demo;
mod erasure;
mod keys;
mod parked;
mod sweep;
