//! Who may announce something to whom, and whether there is the organisation.

use domain::{
    identity::{Actor, Owner},
    notifications::announcement::{
        Announcement, AnnouncementId, Command, CommandKind, Facts, Message,
    },
};

use crate::{AggregateReader, Handler, ReadError, Right};

impl Handler for Announcement {
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Publish | CommandKind::Withdraw => Right::Announcements,
        }
    }

    /// The organisation to which it goes; all else belongs to the business.
    fn owner(&self, _: AnnouncementId, command: &Command) -> Owner {
        let cabinet = match command {
            Command::Publish(message) => message.audience.cabinet(),
            Command::Withdraw {} => self.cabinet(),
        };
        Owner { cabinet, ..Owner::default() }
    }

    async fn facts(
        &self,
        aggregates: &AggregateReader,
        _: AnnouncementId,
        command: &Command,
        _: &Actor,
    ) -> Result<Facts, ReadError> {
        let cabinet = match command {
            Command::Publish(Message { audience, .. }) => audience.cabinet(),
            Command::Withdraw {} => None,
        };
        let Some(cabinet) = cabinet else { return Ok(Facts::default()) };
        Ok(Facts { unknown_cabinet: !aggregates.load(cabinet).await?.is_created() })
    }
}
