use domain::{
    Id,
    identity::{Actor, Owner},
    support::issue::{Command, Facts, Issue, NewComment, Visibility},
};

use crate::{Handler, Lookup, Lost, Right};

impl Handler for Issue {
    fn right(command: &Command) -> Right {
        match command {
            Command::Assign { .. }
            | Command::Comment(NewComment { visibility: Visibility::Internal, .. }) => {
                Right::IssuesWork
            }
            Command::Open(_)
            | Command::Edit(_)
            | Command::Comment(_)
            | Command::EditComment { .. }
            | Command::DeleteComment { .. } => Right::IssuesWrite,
            Command::Resolve {} | Command::Reopen {} | Command::Close {} => Right::IssuesClose,
        }
    }

    /// For which cabinet somebody may ask, the issue itself decides (SUP-8).
    fn owner(&self, _: Id<Self>, command: &Command) -> Owner {
        match (self.thread(), command) {
            (Some(thread), _) => Owner {
                user: Some(thread.reporter.uuid()),
                customer: thread.customer,
                cabinet: thread.cabinet,
            },
            (None, Command::Open(asked)) => {
                Owner { user: Some(asked.reporter.uuid()), ..Owner::default() }
            }
            (None, _) => Owner::default(),
        }
    }

    async fn facts(
        &self,
        lookup: &Lookup,
        _: Id<Self>,
        command: &Command,
        _: &Actor,
    ) -> Result<Facts, Lost> {
        let Command::Assign { to: Some(user) } = command else { return Ok(Facts::default()) };
        let user = lookup.load(*user).await?;
        Ok(Facts { assignee: user.account().map(|account| account.role) })
    }
}
