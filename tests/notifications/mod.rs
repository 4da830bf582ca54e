//! Notifications and the mails about them.

mod announcement;
mod license;
mod mail;
pub(crate) mod smtp;
