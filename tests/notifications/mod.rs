//! Notifications and the mails about them.

mod mail;
mod smtp;
