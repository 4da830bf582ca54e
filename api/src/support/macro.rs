//! Where macros are found, and who may see them.

use commands::policy::Right;
use domain::{
    Text,
    support::r#macro::{Command, CommandKind, Macro},
};
use projections::{
    listing::Listing,
    support::r#macro::{self, MACROS},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{resource::resource, routes::Routes, visible::Visible};

impl Visible for Macro {
    const READ_RIGHT: Right = Right::Operations;
    const LISTING: &'static Listing = &MACROS;
}

pub(super) fn routes() -> Routes {
    resource::<Macro>("/macros")
        .create(CommandKind::Create)
        .patch(CommandKind::Rename, |patch: Patch| vec![Command::Rename { name: patch.name }])
        .delete(|| Command::Retire {})
        .commands(&[CommandKind::Rename, CommandKind::Retire])
        .list::<r#macro::Macro>()
        .item::<r#macro::Macro>()
        .history()
        .routes()
}

/// What may be changed in one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MacroPatch)]
struct Patch {
    name: Text<200>,
}
