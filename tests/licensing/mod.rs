//! Licences: their terms, expiry notices, the list of them, and their documents.

mod as_of;
pub(crate) mod document;
mod license;
mod listing;
mod vendor;
