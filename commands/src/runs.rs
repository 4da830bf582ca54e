//! Splits commands into runs that one statement may append together.

use std::collections::HashSet;

use domain::Claim;
use uuid::Uuid;

use crate::{
    batch::PendingAppend,
    read_set::{ClaimHolders, ClaimSelector, ReadSet},
};

/// Splits commands into runs, each for one statement.
///
/// A statement checks all reads before it writes anything, and releases all claims before it takes
/// any. That is equivalent to one command after the other only if no command looked up what an earlier
/// one changes, or releases what an earlier one takes.
pub(crate) fn split_into_independent_runs(commands: &[PendingAppend]) -> Vec<&[PendingAppend]> {
    if commands.iter().all(|command| command.reads.is_empty() && command.released.is_empty()) {
        return vec![commands];
    }
    let mut runs = Vec::new();
    let mut rest = commands;
    while !rest.is_empty() {
        let mut run = Run::default();
        let length = rest.iter().take_while(|command| run.try_add(command)).count();
        let (first, others) = rest.split_at(length);
        runs.push(first);
        rest = others;
    }
    runs
}

/// What the commands of a run change, to check further ones.
#[derive(Default)]
struct Run<'a> {
    aggregates: HashSet<(&'static str, Uuid)>,
    /// Kind and key of claims that are taken, and of all that are taken or released.
    taken: HashSet<(&'a str, &'a str)>,
    changed: HashSet<(&'a str, &'a str)>,
    kinds: HashSet<&'a str>,
}

impl<'a> Run<'a> {
    /// Adds a command if it can follow those in the run. The first one always can.
    fn try_add(&mut self, command: &'a PendingAppend) -> bool {
        let PendingAppend { released, taken, reads, .. } = command;
        let key = |claim: &'a Claim| (claim.what.as_str(), claim.key.as_str());
        if self.changes(reads) || released.iter().any(|claim| self.taken.contains(&key(claim))) {
            return false;
        }
        if !command.events.is_empty() {
            self.aggregates.insert((command.stream, command.id));
        }
        self.taken.extend(taken.iter().map(key));
        self.changed.extend(released.iter().chain(taken).map(key));
        self.kinds.extend(released.iter().chain(taken).map(|claim| claim.what.as_str()));
        true
    }

    fn changes(&self, ReadSet { versions, holders }: &ReadSet) -> bool {
        let moves = |ClaimHolders { what, selector, .. }: &ClaimHolders| match selector {
            ClaimSelector::Key(key) | ClaimSelector::TimeKey(key) => {
                self.changed.contains(&(what.as_str(), key.as_str()))
            }
            ClaimSelector::Any => self.kinds.contains(what.as_str()),
        };
        versions.keys().any(|read| self.aggregates.contains(read)) || holders.iter().any(moves)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::PendingEvent;

    fn appends(id: u128) -> PendingAppend {
        let event = PendingEvent {
            version: 1,
            kind: "SeatNamed".into(),
            schema: 1,
            data: "{}".into(),
            meta: "{}".into(),
            subjects: vec![],
            counter: None,
        };
        let id = Uuid::from_u128(id);
        PendingAppend { stream: "trains.seat", id, events: vec![event], ..PendingAppend::default() }
    }

    fn read(note: impl FnOnce(&mut ReadSet)) -> ReadSet {
        let mut reads = ReadSet::default();
        note(&mut reads);
        reads
    }

    fn lengths(commands: &[PendingAppend]) -> Vec<usize> {
        split_into_independent_runs(commands).iter().map(|run| run.len()).collect()
    }

    #[test]
    fn what_one_command_changes_no_later_one_of_its_run_has_read() {
        let of =
            |id| read(|command| command.record_aggregate("trains.seat", Uuid::from_u128(id), 0));
        let reader = |id, of_whom| PendingAppend { reads: of(of_whom), ..appends(id) };
        assert_eq!(lengths(&[appends(1), appends(2), reader(3, 2)]), [2, 1]);
        assert_eq!(lengths(&[reader(3, 2), appends(2), appends(1)]), [3], "before it may");
        assert_eq!(lengths(&[reader(1, 2), reader(2, 1)]), [1, 1], "each looked at the other");
        assert_eq!(lengths(&[reader(1, 1), reader(2, 3)]), [2]);
    }

    #[test]
    fn claims_that_one_command_moves_no_later_one_of_its_run_has_looked_at() {
        let claim = |key: &str| Claim::unique("name", key, "");
        let takes = |id, key| PendingAppend { taken: vec![claim(key)], ..appends(id) };
        let releases = |id, key| PendingAppend { released: vec![claim(key)], ..appends(id) };
        let reads_holders = |id, selector| PendingAppend {
            reads: read(|command| command.record_claim_holders("name", selector, vec![])),
            ..appends(id)
        };
        assert_eq!(
            lengths(&[takes(1, "a"), reads_holders(2, ClaimSelector::Key("a".into()))]),
            [1, 1]
        );
        assert_eq!(
            lengths(&[takes(1, "a"), reads_holders(2, ClaimSelector::Key("b".into()))]),
            [2]
        );
        assert_eq!(lengths(&[releases(1, "a"), reads_holders(2, ClaimSelector::Any)]), [1, 1]);
        assert_eq!(lengths(&[reads_holders(2, ClaimSelector::Any), releases(1, "a")]), [2]);
        assert_eq!(lengths(&[releases(1, "a"), takes(2, "a")]), [2]);
        assert_eq!(lengths(&[takes(2, "a"), releases(1, "a")]), [1, 1], "it is not free yet");
    }
}
