//! Who is told what.

pub mod notification;
