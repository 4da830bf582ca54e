//! Commands of notifications.

mod announcement;
mod notification;
mod preferences;
