//! Licences: their terms, expiry notices, and the list of them.

mod license;
mod listing;
mod vendor;
