//! What a verification says.

use std::collections::BTreeMap;

use serde::Serialize;

/// How many faults are reported at most.
const MAX_FAULTS: usize = 100;

/// What a verification found.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub events: i64,
    /// The number of aggregates.
    pub aggregates: i64,
    pub claims: i64,
    pub segments: i64,
    /// The position up to which segments prove the events.
    pub hashed: i64,
    /// Numbers drawn from counters.
    pub numbers: i64,
    /// Read models that have seen all of their events.
    pub models: i64,
    /// How often the log had run so far ahead of the clock that it was set back.
    pub set_back: i64,
    /// Kinds of events that this version does not know, since a newer one wrote them, and how many there
    /// are of each. Their aggregates cannot be checked.
    pub newer: BTreeMap<String, i64>,
    /// Sentences; empty if everything is right.
    pub faults: Vec<String>,
}

impl Report {
    pub(super) fn add_fault(&mut self, fault: String) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(fault);
        }
    }
}
