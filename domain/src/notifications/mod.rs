//! Notifications of users, what is announced to many of them, and what they want to be mailed.

pub mod announcement;
mod ids;
pub mod notification;
pub mod preferences;

pub use ids::{AnnouncementId, NotificationId, PreferencesId};
