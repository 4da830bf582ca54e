//! What was bought elsewhere.

mod feed;
mod purchase;
