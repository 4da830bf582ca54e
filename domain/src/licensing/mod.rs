//! Who may use what, until when.

mod ids;
pub mod license;

pub use ids::{LicenseId, Origin};
