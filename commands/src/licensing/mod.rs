//! What was licensed to whom.

mod license;
