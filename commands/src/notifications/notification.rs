use domain::{
    Id,
    identity::Owner,
    notifications::notification::{Command, Notification},
};

use crate::{Handler, Right};

impl Handler for Notification {
    fn right(command: &Command) -> Right {
        match command {
            Command::Read {}
            | Command::Unread {}
            | Command::Dismiss {}
            | Command::Snooze { .. } => Right::Notifications,
            // What happened to it, only the system's own processes can know.
            Command::Create { .. }
            | Command::RecordSent { .. }
            | Command::RecordFailed { .. }
            | Command::Suppress { .. } => Right::Processes,
        }
    }

    fn owner(&self, _: Id<Self>, _: &Command) -> Owner {
        let recipient = self.notice().map(|notice| notice.recipient.uuid());
        Owner { user: recipient, ..Owner::default() }
    }
}
