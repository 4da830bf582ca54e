//! Who may save exports, and whose they are.

use domain::{
    files::saved_export::{Command, CommandKind, SavedExport, SavedExportId},
    identity::Owner,
};

use crate::{Handler, Right};

impl Handler for SavedExport {
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Save | CommandKind::Pause | CommandKind::Resume | CommandKind::End => {
                Right::Exports
            }
            CommandKind::RecordRun => Right::Processes,
        }
    }

    /// They belong to who saves them.
    fn owner(&self, _: SavedExportId, command: &Command) -> Owner {
        let owner = match (self.owner(), command) {
            (None, Command::Save(new)) => Some(new.owner),
            (owner, _) => owner,
        };
        Owner { user: owner.map(Into::into), ..Owner::default() }
    }
}
