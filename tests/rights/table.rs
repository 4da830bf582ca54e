//! What the books say: the matrix and the operations as published in `schemas/`, and what follows
//! from a cell. None of it is code of the program.

use std::{fs, path::Path};

use serde_json::Value;

/// `schemas/rights.json`, and `schemas/openapi.json`.
pub(super) struct Table {
    rights: Value,
    pub(super) openapi: Value,
}

/// How far a cell, or the reach of a client, goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    None,
    Own,
    Cabinet,
    Subtree,
    All,
}

/// To whom something belongs, as its caller sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Himself,
    /// Someone else in his cabinet.
    Own,
    Child,
    Parent,
    Sibling,
    Foreign,
    Nobody,
}

impl Owner {
    pub(super) const ALL: [Self; 7] = [
        Self::Himself,
        Self::Own,
        Self::Child,
        Self::Parent,
        Self::Sibling,
        Self::Foreign,
        Self::Nobody,
    ];

    /// What it takes to get at it.
    fn takes(self) -> Scope {
        match self {
            Self::Himself => Scope::Own,
            Self::Own => Scope::Cabinet,
            Self::Child => Scope::Subtree,
            Self::Parent | Self::Sibling | Self::Foreign | Self::Nobody => Scope::All,
        }
    }
}

impl Table {
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

/// Whether a cell covers what belongs to somebody.
pub(super) fn covers(cell: Scope, owner: Owner) -> bool {
    cell >= owner.takes()
}
