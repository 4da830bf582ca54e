//! Who may use what, until when.

pub mod license;
