//! Creates notifications, and sends them by mail.

pub mod mail;
pub mod notification;
