//! The published rights matrix and operations, and what follows from a cell. Independent of the
//! program's code.

use std::{fs, path::Path};

use serde_json::Value;

/// `schemas/rights.json` and `schemas/openapi.json`.
pub(super) struct RightsTable {
    rights: Value,
    pub(super) openapi: Value,
}

/// The items that a cell of the matrix, or the reach of a client, covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    None,
    Own,
    Cabinet,
    Subtree,
    All,
}

/// To whom an item belongs, relative to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Caller,
    /// Somebody else in the caller's cabinet.
    SameCabinet,
    ChildCabinet,
    ParentCabinet,
    SiblingCabinet,
    ForeignCabinet,
    Nobody,
}

impl Owner {
    pub(super) const ALL: [Self; 7] = [
        Self::Caller,
        Self::SameCabinet,
        Self::ChildCabinet,
        Self::ParentCabinet,
        Self::SiblingCabinet,
        Self::ForeignCabinet,
        Self::Nobody,
    ];

    /// The scope that covers such an item.
    fn needed_scope(self) -> Scope {
        match self {
            Self::Caller => Scope::Own,
            Self::SameCabinet => Scope::Cabinet,
            Self::ChildCabinet => Scope::Subtree,
            Self::ParentCabinet | Self::SiblingCabinet | Self::ForeignCabinet | Self::Nobody => {
                Scope::All
            }
        }
    }
}

impl RightsTable {
    pub(super) fn read() -> Self {
        let read = |file: &str| {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas").join(file);
            serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
        };
        Self { rights: read("rights.json"), openapi: read("openapi.json") }
    }

    /// The cell of a right and a role, cut to the reach of a client.
    pub(super) fn cell(&self, right: &str, role: &str, reach: Option<Scope>) -> Scope {
        if right == "public" {
            return Scope::All;
        }
        let cell = match self.rights[right][role].as_str().unwrap_or_else(|| panic!("{right}")) {
            "none" => Scope::None,
            "own" => Scope::Own,
            "cabinet" => Scope::Cabinet,
            "subtree" => Scope::Subtree,
            "all" => Scope::All,
            other => panic!("{right}, {role}: {other}"),
        };
        match reach {
            Some(reach) if cell != Scope::All => cell.min(reach),
            _ => cell,
        }
    }
}

/// Whether a cell covers the items of an owner.
pub(super) fn covers(cell: Scope, owner: Owner) -> bool {
    cell >= owner.needed_scope()
}
