//! The ids of this context, by which the others name what is in it. An id knows nothing of what it
//! identifies: the type only keeps one kind from being taken for another.

use super::{announcement::Announcement, notification::Notification, preferences::Preferences};
use crate::Id;

pub type AnnouncementId = Id<Announcement>;
pub type NotificationId = Id<Notification>;
/// That of the user whose they are.
pub type PreferencesId = Id<Preferences>;
