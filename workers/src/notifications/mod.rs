//! Who is told what, and by which way.

pub mod mail;
pub mod notification;
