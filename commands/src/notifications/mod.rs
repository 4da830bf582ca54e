//! What people are told.

mod notification;
