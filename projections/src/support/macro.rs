//! Macros as they are listed.

use domain::{
    Recorded, Text,
    support::r#macro::{self, Event},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Fold, Projector, Stream,
    listing::{Field, Listing, Own},
};

pub const PROJECTOR: Projector = Projector {
    name: "support.macro",
    version: 1,
    tables: include_str!("macro.sql"),
    streams: &[Stream::of::<r#macro::Macro, Rows>()],
};

pub const MACROS: Listing = Listing {
    from: "support_macro.macros",
    fields: &[Field::text("name"), Field::bool("retired")],
    search: Some("search"),
    sort: &["name", "created_at"],
    own: Own::NOBODY,
};

/// A macro as it is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Macro {
    pub name: Text<200>,
    /// Out of use; it can still be read.
    pub retired: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Rows {
    macros: Vec<Macro>,
}

impl Fold<r#macro::Macro> for Rows {
    fn on(&mut self, fact: &Recorded<Event>) {
        match (&fact.event, self.macros.first_mut()) {
            (Event::Created { name }, _) => {
                self.macros = vec![Macro { name: name.clone(), retired: false }];
            }
            (Event::Renamed { name }, Some(row)) => row.name = name.clone(),
            (Event::Retired {}, Some(row)) => row.retired = true,
            (Event::Renamed { .. } | Event::Retired {}, None) => {}
        }
    }
}
