//! What a decision looked up in other aggregates, so that the append can tell whether it is still so.

use std::collections::BTreeMap;

use uuid::Uuid;

/// What one decision looked up: the versions of aggregates and the holders of claims.
///
/// All of it must be true at once when the decision is appended, whatever moments it was read at.
#[derive(Debug, Default)]
pub(crate) struct Reads {
    /// By stream and id. 0 where nothing had happened yet.
    pub(crate) versions: BTreeMap<(&'static str, Uuid), i32>,
    pub(crate) holders: Vec<Holders>,
}

/// Who held a claim.
#[derive(Debug)]
pub(crate) struct Holders {
    pub(crate) what: String,
    pub(crate) held: Held,
    /// In the order in which the store tells them.
    pub(crate) ids: Vec<Uuid>,
}

/// Which claims of a kind are meant.
#[derive(Debug)]
pub(crate) enum Held {
    /// The unique one with this key.
    One(String),
    /// All unique ones.
    Any,
    /// Those for a time with this key.
    ForATime(String),
}

impl Held {
    /// The digest of the key of a unique claim.
    pub(crate) fn digest(&self, digest: impl FnOnce(&str) -> Vec<u8>) -> Option<Vec<u8>> {
        if let Self::One(key) = self { Some(digest(key)) } else { None }
    }

    /// The key of claims for a time.
    pub(crate) fn time_key(&self) -> Option<&str> {
        if let Self::ForATime(key) = self { Some(key) } else { None }
    }
}

impl Reads {
    pub(crate) fn aggregate(&mut self, stream: &'static str, id: Uuid, version: i32) {
        // Read twice with something in between, it has changed already: the first counts.
        self.versions.entry((stream, id)).or_insert(version);
    }

    pub(crate) fn holders(&mut self, what: &str, held: Held, ids: Vec<Uuid>) {
        self.holders.push(Holders { what: what.to_owned(), held, ids });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.versions.is_empty() && self.holders.is_empty()
    }
}
