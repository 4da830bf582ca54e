//! Commands of notifications.

mod notification;
mod preferences;
