//! What clients did and what they were told, kept outside of all faults.

use std::time::Instant;

use uuid::Uuid;

/// One request and its outcome.
#[derive(Debug, Clone)]
pub(crate) struct Act {
    /// Its idempotency key: attempts with the same key are one act.
    pub(crate) key: String,
    /// When it was first sent.
    pub(crate) begun: Instant,
    /// When the last answer came, or was given up.
    pub(crate) ended: Instant,
    pub(crate) outcome: Outcome,
}

/// One question of a client about a customer, and what it was told.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    pub(crate) client: u64,
    pub(crate) id: Uuid,
    /// The least that it must be told: the version behind the position that it named, if it did.
    pub(crate) least: Option<i32>,
    /// The version that it was told; a customer that is not there has none.
    pub(crate) told: i32,
}

/// What clients did and saw, each in the order of its client.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    pub(crate) acts: Vec<Act>,
    pub(crate) looks: Vec<Look>,
}

impl History {
    /// Goes on with what came later.
    pub(crate) fn add(&mut self, later: Self) {
        self.acts.extend(later.acts);
        self.looks.extend(later.looks);
    }
}

/// A time-out or a lost connection is no failure: nobody knows what became of it. Checkers that
/// forget that find faults where there are none.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    Done {
        id: Uuid,
        version: i32,
        position: i64,
    },
    /// The system said no: nothing may have happened.
    Refused(u16),
    /// It may have happened.
    Unknown,
}

impl Act {
    /// What was acknowledged: aggregate, version, position.
    pub(crate) fn done(&self) -> Option<(Uuid, i32, i64)> {
        match self.outcome {
            Outcome::Done { id, version, position } => Some((id, version, position)),
            _ => None,
        }
    }
}
