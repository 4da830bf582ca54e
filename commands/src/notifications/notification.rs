//! Rights and owners of notifications.

use domain::{
    Id,
    identity::Owner,
    notifications::notification::{Command, CommandKind, Notification},
};

use crate::{Handler, Right};

impl Handler for Notification {
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Read
            | CommandKind::Unread
            | CommandKind::Dismiss
            | CommandKind::Snooze => Right::Notifications,
            // Only the system's own processes know of deliveries.
            CommandKind::Create
            | CommandKind::RecordSent
            | CommandKind::RecordFailed
            | CommandKind::Suppress => Right::Processes,
        }
    }

    fn owner(&self, _: Id<Self>, _: &Command) -> Owner {
        let recipient = self.notice().map(|notice| notice.recipient.uuid());
        Owner { user: recipient, ..Owner::default() }
    }
}
