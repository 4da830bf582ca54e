//! Notifications and the mails about them.

mod announcement;
mod mail;
mod smtp;
