//! Tasks for licences.

mod license;

pub use license::LicenseExpiry;
