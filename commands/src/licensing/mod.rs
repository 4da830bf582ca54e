//! Commands of licences.

mod license;
