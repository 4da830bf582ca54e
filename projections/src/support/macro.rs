//! Macros as agents find them.

use domain::{
    Recorded,
    catalog::product::ProductId,
    support::r#macro::{self, Details, Event},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Fold, FoldedStream, Projector,
    listing::{Field, Listing, OwnerColumns},
};

pub const PROJECTOR: Projector = Projector {
    name: "support.macro",
    version: 3,
    tables: include_str!("macro.sql"),
    streams: &[FoldedStream::of::<r#macro::Macro, Rows>()],
};

pub const MACROS: Listing = Listing {
    from: "support_macro.macros",
    fields: &[
        Field::text("name").as_row_name(),
        Field::id::<ProductId>("product"),
        Field::bool("retired"),
    ],
    search: Some("search"),
    sort: &["name", "created_at"],
    owner: OwnerColumns::NONE,
};

/// An answer that agents need again and again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Macro {
    #[serde(flatten)]
    pub details: Details,
    /// Out of use; it can still be read.
    pub retired: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Rows {
    macros: Vec<Macro>,
}

impl Fold<r#macro::Macro> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        match (&recorded.event, self.macros.first_mut()) {
            (Event::Defined { details }, _) => {
                self.macros = vec![Macro { details: details.clone(), retired: false }];
            }
            (Event::Renamed { name }, Some(row)) => row.details.name = name.clone(),
            (Event::TextChanged { text }, Some(row)) => row.details.text = text.clone(),
            (Event::ProductChanged { product }, Some(row)) => row.details.product = *product,
            (Event::Retired {}, Some(row)) => row.retired = true,
            (Event::Restored {}, Some(row)) => row.retired = false,
            (_, None) => {}
        }
    }
}
