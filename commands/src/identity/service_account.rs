//! Rights, owners and facts of service accounts.

use domain::identity::{
    Actor, Owner,
    service_account::{Command, CommandKind, Facts, ServiceAccount, ServiceAccountId},
};

use crate::{AggregateReader, Handler, ReadError, Right, policy};

impl Handler for ServiceAccount {
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Create
            | CommandKind::IssueKey
            | CommandKind::RevokeKey
            | CommandKind::Disable
            | CommandKind::Enable => Right::ServiceAccounts,
        }
    }

    fn owner(&self, _: ServiceAccountId, command: &Command) -> Owner {
        let cabinet = match (self.profile(), command) {
            (Some(profile), _) | (None, Command::Create(profile)) => profile.cabinet,
            (None, _) => None,
        };
        Owner { cabinet, ..Owner::default() }
    }

    async fn facts(
        &self,
        aggregates: &AggregateReader,
        _: ServiceAccountId,
        command: &Command,
        _: &Actor,
    ) -> Result<Facts, ReadError> {
        let cabinet_exists = match command {
            Command::Create(profile) => match profile.cabinet {
                Some(cabinet) => aggregates.load(cabinet).await?.is_created(),
                None => false,
            },
            _ => false,
        };
        let lacking = match (command, self.profile()) {
            (Command::IssueKey { key, .. }, Some(profile)) => {
                key.rights.iter().copied().find(|right| !policy::has_right(profile.role, *right))
            }
            _ => None,
        };
        Ok(Facts { cabinet_exists, lacking })
    }
}
