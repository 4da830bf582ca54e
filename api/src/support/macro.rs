//! Where agents find macros.

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
    const READ_RIGHT: Right = Right::IssuesWork;
    const LISTING: &'static Listing = &MACROS;
}

pub(super) fn routes() -> Routes {
    resource::<Macro>("/macros")
        .create(CommandKind::Define)
        .patch(CommandKind::Rename, Patch::commands)
        .delete(|| Command::Retire {})
        .commands(&[
            CommandKind::Rename,
            CommandKind::ChangeText,
            CommandKind::ChangeProduct,
            CommandKind::Retire,
            CommandKind::Restore,
        ])
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
    #[serde(default)]
    name: Option<Text<200>>,
    #[serde(default)]
    text: Option<Text<10_000>>,
}

impl Patch {
    fn commands(self) -> Vec<Command> {
        let name = self.name.map(|name| Command::Rename { name });
        name.into_iter().chain(self.text.map(|text| Command::ChangeText { text })).collect()
    }
}
