//! Notifications of users.

mod ids;
pub mod notification;

pub use ids::NotificationId;
