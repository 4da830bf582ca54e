//! Reports: what is counted right, and of what nobody counts anything.

mod issues;
mod numbers;
mod utilisation;
