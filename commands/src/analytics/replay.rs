//! Who may have replays made, and how many there are.

use domain::{
    analytics::replay::{Command, CommandKind, Facts, KEPT_SET, Replay, ReplayId},
    identity::{Actor, Owner},
};

use crate::{AggregateReader, Handler, ReadError, Right};

impl Handler for Replay {
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Request | CommandKind::Drop => Right::Replays,
            CommandKind::Complete | CommandKind::Fail => Right::Processes,
        }
    }

    /// They belong to the business.
    fn owner(&self, _: ReplayId, _: &Command) -> Owner {
        Owner::default()
    }

    async fn facts(
        &self,
        aggregates: &AggregateReader,
        _: ReplayId,
        command: &Command,
        _: &Actor,
    ) -> Result<Facts, ReadError> {
        let kept = match command {
            Command::Request(_) => aggregates.claim_holders(KEPT_SET).await?.len(),
            _ => 0,
        };
        Ok(Facts { kept })
    }
}
