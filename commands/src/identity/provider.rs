//! Rights, owners and facts of identity providers.

use domain::{
    Id,
    identity::{
        Actor, Owner,
        provider::{Command, CommandKind, Facts, Provider},
    },
};

use crate::{AggregateReader, Handler, ReadError, Right};

impl Handler for Provider {
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Register
            | CommandKind::Change
            | CommandKind::ChangeSecret
            | CommandKind::Disable
            | CommandKind::Enable => Right::Operations,
        }
    }

    /// Providers belong to the business.
    fn owner(&self, _: Id<Self>, _: &Command) -> Owner {
        Owner::default()
    }

    async fn facts(
        &self,
        aggregates: &AggregateReader,
        _: Id<Self>,
        command: &Command,
        _: &Actor,
    ) -> Result<Facts, ReadError> {
        let cabinet_exists = match command {
            Command::Register { cabinet, .. } => aggregates.load(*cabinet).await?.is_created(),
            _ => false,
        };
        Ok(Facts { cabinet_exists })
    }
}
