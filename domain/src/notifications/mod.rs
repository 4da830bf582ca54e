//! Who is told what.

mod ids;
pub mod notification;

pub use ids::NotificationId;
