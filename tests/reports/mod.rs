//! Reports: the numbers are right, and callers count only what they may see.

mod dashboard;
mod issues;
mod numbers;
mod utilisation;
