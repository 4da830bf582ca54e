//! Who may save exports, and whose they are.

use domain::{
    files::saved_export::{
        Command, CommandKind, Facts, MAX_RECIPIENTS, NewSavedExport, SavedExport, SavedExportId,
        saved_set_of,
    },
    identity::{
        Actor, Owner,
        user::{AccountStatus, UserId},
    },
};

use crate::{AggregateReader, Handler, ReadError, Right};

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

    async fn facts(
        &self,
        aggregates: &AggregateReader,
        _: SavedExportId,
        command: &Command,
        _: &Actor,
    ) -> Result<Facts, ReadError> {
        let Command::Save(NewSavedExport { owner, recipients, .. }) = command else {
            return Ok(Facts::default());
        };
        let saved = aggregates.claim_holders(&saved_set_of(*owner)).await?.len();
        let mut unknown = vec![];
        // Of too many recipients nobody is looked up: they are refused all the same.
        for user in recipients.iter().take(MAX_RECIPIENTS).chain([owner]) {
            if !is_active(aggregates, *user).await? {
                unknown.push(*user);
            }
        }
        Ok(Facts { saved, unknown })
    }
}

async fn is_active(aggregates: &AggregateReader, user: UserId) -> Result<bool, ReadError> {
    let user = aggregates.load(user).await?;
    Ok(user.account().is_some_and(|account| account.status() == AccountStatus::Active))
}
