//! Rights, owners and facts of impersonations.

use domain::identity::{
    Actor, Owner,
    impersonation::{Command, CommandKind, Facts, Impersonation, ImpersonationId},
    user::AccountStatus,
};

use crate::{AggregateReader, Handler, ReadError, Right};

impl Handler for Impersonation {
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Start | CommandKind::End => Right::Impersonate,
        }
    }

    fn owner(&self, _: ImpersonationId, _: &Command) -> Owner {
        Owner { user: self.agent().map(domain::Id::uuid), ..Owner::default() }
    }

    async fn facts(
        &self,
        aggregates: &AggregateReader,
        _: ImpersonationId,
        command: &Command,
        _: &Actor,
    ) -> Result<Facts, ReadError> {
        let Command::Start { user, .. } = command else { return Ok(Facts::default()) };
        let user = aggregates.load(*user).await?;
        let account = user.account().filter(|account| account.status() == AccountStatus::Active);
        Ok(Facts { role: account.map(|account| account.role) })
    }
}
