//! What clients sent and the answers they got, recorded in the memory of the test, where no fault
//! reaches it.

use std::time::Instant;

use uuid::Uuid;

/// One command of a client and its outcome.
#[derive(Debug, Clone)]
pub(crate) struct ClientWrite {
    /// Its idempotency key: attempts with the same key are one command.
    pub(crate) key: String,
    /// When it was first sent.
    pub(crate) begun: Instant,
    /// When the last answer came, or the client gave up.
    pub(crate) ended: Instant,
    pub(crate) outcome: Outcome,
}

/// One read of an item by a client, and the version that it got.
#[derive(Debug, Clone)]
pub(crate) struct ClientRead {
    pub(crate) client: u64,
    pub(crate) id: Uuid,
    /// The lowest version that it may get: that of the position it named, if it named one.
    pub(crate) at_least: Option<i32>,
    /// The version that it got; 0 if the item was not found.
    pub(crate) version: i32,
}

/// What clients wrote and read, each in the order of its client.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    pub(crate) writes: Vec<ClientWrite>,
    pub(crate) reads: Vec<ClientRead>,
}

impl History {
    /// Appends what happened later.
    pub(crate) fn extend(&mut self, later: Self) {
        self.writes.extend(later.writes);
        self.reads.extend(later.reads);
    }
}

/// A time-out or a lost connection is no failure: its effect is unknown. Checkers that treat it as
/// one report false positives.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    Acknowledged {
        id: Uuid,
        version: i32,
        position: i64,
    },
    /// The system refused it: it must have had no effect.
    Refused(u16),
    /// It may or may not have had an effect.
    Unknown,
}

impl ClientWrite {
    /// Aggregate, version and position of an acknowledged command.
    pub(crate) fn acknowledged(&self) -> Option<(Uuid, i32, i64)> {
        match self.outcome {
            Outcome::Acknowledged { id, version, position } => Some((id, version, position)),
            _ => None,
        }
    }
}
