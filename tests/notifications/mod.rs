//! Notifications and the mails about them.

mod announcement;
mod mail;
pub(crate) mod smtp;
