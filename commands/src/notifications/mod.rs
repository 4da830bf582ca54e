//! Commands of notifications.

mod notification;
