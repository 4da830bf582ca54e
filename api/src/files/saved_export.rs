//! Where saved exports are found, paused and ended.

use commands::policy::Right;
use domain::{
    Text,
    files::saved_export::{Command, CommandKind, SavedExport},
};
use futures::{FutureExt, future::BoxFuture};
use projections::{
    files::saved_export::{self, SAVED_EXPORTS},
    listing::Listing,
};
use serde_json::{Map, Value};

use crate::{
    App, caller::Caller, lists::Lists, problem::Problem, resource::resource, routes::Routes,
    visible::Visible,
};

impl Visible for SavedExport {
    const READ_RIGHT: Right = Right::Exports;
    const LISTING: &'static Listing = &SAVED_EXPORTS;
}

/// Whoever names no owner saves it for themselves.
fn default_owner(caller: &Caller, body: &mut Map<String, Value>) {
    body.entry("owner").or_insert_with(|| caller.id.to_string().into());
}

/// Only what can be made is saved.
fn check(
    app: App,
    lists: Lists,
    caller: Caller,
    command: Command,
) -> BoxFuture<'static, Result<(), Problem>> {
    async move {
        let Command::Save(new) = command else { return Ok(()) };
        let path = new.path.as_str();
        let no_list = || Problem::invalid("/path", "there is no list and no report");
        let list = lists.find(path).ok_or_else(no_list)?;
        if new.period.is_some() && !list.query.iter().any(|parameter| parameter == "from") {
            return Err(Problem::invalid("/period", "there is no period in what is saved"));
        }
        // What is wrong with the period itself, the command says.
        let Ok(query) = new.query_at(app.commands.now()) else { return Ok(()) };
        lists.check_query(caller, path, query.as_ref().map(Text::as_str)).await
    }
    .boxed()
}

pub(super) fn routes() -> Routes {
    resource::<SavedExport>("/saved-exports")
        .create_checked("/saved-exports", CommandKind::Save, default_owner, check)
        .commands(&[CommandKind::Pause, CommandKind::Resume, CommandKind::End])
        .list::<saved_export::SavedExport>()
        .item::<saved_export::SavedExport>()
        .history()
        .routes()
}
