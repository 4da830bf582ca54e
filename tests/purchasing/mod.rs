//! What was bought elsewhere.

mod doors;
mod feed;
mod purchase;
