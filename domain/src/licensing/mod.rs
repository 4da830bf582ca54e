//! Licences of products and their terms.

mod ids;
pub mod license;

pub use ids::{LicenseId, LicenseOrigin};
