//! Who may upload and delete files, and what they are in use for.

use domain::{
    files::file::{Command, CommandKind, Facts, File, FileId, NewFile},
    identity::{Actor, Owner},
    support::issue::ATTACHED_FILE,
};

use crate::{AggregateReader, Handler, ReadError, Right};

impl Handler for File {
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Upload | CommandKind::Delete => Right::Files,
            CommandKind::MarkClean | CommandKind::Quarantine | CommandKind::DeleteUnused => {
                Right::Processes
            }
        }
    }

    /// They belong to who uploaded them.
    fn owner(&self, _: FileId, command: &Command) -> Owner {
        let owner = match (command, self.content()) {
            (Command::Upload(NewFile { owner, .. }), None) => Some(*owner),
            (_, content) => content.map(|content| content.owner),
        };
        Owner { user: owner.map(Into::into), ..Owner::default() }
    }

    async fn facts(
        &self,
        aggregates: &AggregateReader,
        id: FileId,
        command: &Command,
        _: &Actor,
    ) -> Result<Facts, ReadError> {
        let in_use = match command {
            Command::Delete {} | Command::DeleteUnused {} => {
                aggregates.claim_holder(ATTACHED_FILE, &id.to_string()).await?.is_some()
            }
            _ => false,
        };
        Ok(Facts { in_use })
    }
}
