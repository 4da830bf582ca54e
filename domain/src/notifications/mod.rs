//! Notifications of users, and what they want to be mailed.

mod ids;
pub mod notification;
pub mod preferences;

pub use ids::{NotificationId, PreferencesId};
