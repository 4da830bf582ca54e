//! Purchases that another system reports.

mod channels;
mod feed;
mod purchase;
