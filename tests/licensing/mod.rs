//! Who may use what, until when.

mod license;
mod listing;
mod vendor;
