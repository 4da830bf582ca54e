//! Who may ask for exports, and what became of them.

use domain::{
    files::export::{self, Command, CommandKind, Export, ExportId, Facts, Request},
    identity::{Actor, Owner},
};

use crate::{AggregateReader, Handler, ReadError, Right};

impl Handler for Export {
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Request | CommandKind::Cancel => Right::Exports,
            CommandKind::Complete | CommandKind::Fail | CommandKind::Expire => Right::Processes,
        }
    }

    /// They belong to who asked for them.
    fn owner(&self, _: ExportId, command: &Command) -> Owner {
        let request = match (self.request(), command) {
            (None, Command::Request(request)) => Some(request),
            (request, _) => request,
        };
        let user = request.map(|request| request.requester.into());
        Owner { user, ..Owner::default() }
    }

    async fn facts(
        &self,
        aggregates: &AggregateReader,
        _: ExportId,
        command: &Command,
        _: &Actor,
    ) -> Result<Facts, ReadError> {
        let Command::Request(Request { requester, .. }) = command else {
            return Ok(Facts::default());
        };
        let unfinished = aggregates.claim_holders(&export::unfinished_set_of(*requester)).await?;
        Ok(Facts { unfinished: unfinished.len() })
    }
}
