//! Records what a decision looked up, so that the append can check that it has not changed.

use std::collections::BTreeMap;

use uuid::Uuid;

/// What one decision looked up: the versions of aggregates and the holders of claims.
///
/// All of it must be true when the decision is appended, even if it was read at different moments.
#[derive(Debug, Default)]
pub(crate) struct ReadSet {
    /// By stream and id; 0 if there were no events yet.
    pub(crate) versions: BTreeMap<(&'static str, Uuid), i32>,
    pub(crate) holders: Vec<ClaimHolders>,
}

/// The holders that a read of claims returned.
#[derive(Debug)]
pub(crate) struct ClaimHolders {
    pub(crate) what: String,
    pub(crate) selector: ClaimSelector,
    /// In the order in which the store returns them.
    pub(crate) ids: Vec<Uuid>,
}

/// Selects claims of a kind.
#[derive(Debug)]
pub(crate) enum ClaimSelector {
    /// The unique one with this key.
    Key(String),
    /// All unique ones.
    Any,
    /// Those for a time with this key.
    TimeKey(String),
}

impl ClaimSelector {
    /// The digest of the key of a unique claim.
    pub(crate) fn key_digest(&self, digest: impl FnOnce(&str) -> Vec<u8>) -> Option<Vec<u8>> {
        if let Self::Key(key) = self { Some(digest(key)) } else { None }
    }

    /// The key of claims for a time.
    pub(crate) fn time_key(&self) -> Option<&str> {
        if let Self::TimeKey(key) = self { Some(key) } else { None }
    }
}

impl ReadSet {
    pub(crate) fn record_aggregate(&mut self, stream: &'static str, id: Uuid, version: i32) {
        // If it changed between two reads, the first version makes the append fail.
        self.versions.entry((stream, id)).or_insert(version);
    }

    pub(crate) fn record_claim_holders(
        &mut self,
        what: &str,
        selector: ClaimSelector,
        ids: Vec<Uuid>,
    ) {
        self.holders.push(ClaimHolders { what: what.to_owned(), selector, ids });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.versions.is_empty() && self.holders.is_empty()
    }
}
