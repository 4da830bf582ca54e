//! Where saved exports are found, paused and ended.

use commands::policy::Right;
use domain::files::saved_export::{CommandKind, SavedExport};
use projections::{
    files::saved_export::{self, SAVED_EXPORTS},
    listing::Listing,
};
use serde_json::{Map, Value};

use crate::{caller::Caller, resource::resource, routes::Routes, visible::Visible};

impl Visible for SavedExport {
    const READ_RIGHT: Right = Right::Exports;
    const LISTING: &'static Listing = &SAVED_EXPORTS;
}

/// Whoever names no owner saves it for themselves.
fn default_owner(caller: &Caller, body: &mut Map<String, Value>) {
    body.entry("owner").or_insert_with(|| caller.id.to_string().into());
}

pub(super) fn routes() -> Routes {
    resource::<SavedExport>("/saved-exports")
        .create_with("/saved-exports", CommandKind::Save, default_owner)
        .commands(&[CommandKind::Pause, CommandKind::Resume, CommandKind::End])
        .list::<saved_export::SavedExport>()
        .item::<saved_export::SavedExport>()
        .history()
        .routes()
}
