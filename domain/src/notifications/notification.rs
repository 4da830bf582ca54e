pub type NotificationId = crate::Id<Notification>;

#[derive(Debug, Clone, Default)]
pub struct Notification;
