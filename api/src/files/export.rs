//! Exports: lists and reports as files that are made beside the requests, by a process that serves the API, since
//! only the API knows who may see which rows. The query that was asked runs through the same handler as before,
//! with a caller who has the rights that the requester has at that moment ([`run`]).

mod request;
mod run;

use axum::{extract::State, http::HeaderMap, response::Response};
use commands::policy::Right;
use domain::{
    FileName,
    files::export::{CommandKind, Content, Export, ExportId, Request},
};
use objects::{EXPORTS, ObjectKey};
use projections::{
    files::export::{self, EXPORTS as LISTED},
    listing::Listing,
};
use utoipa_axum::routes;
use uuid::Uuid;

use self::request::{format_of, rights_digest};
pub(crate) use self::request::{may_have_exports, request_export};
pub use self::run::run_exports;
use super::content::Download;
use crate::{
    App,
    caller::Caller,
    json_request::Path,
    problem::{Problem, ProblemCode},
    resource::resource,
    routes::Routes,
    visible::Visible,
};

impl Visible for Export {
    const READ_RIGHT: Right = Right::Exports;
    const LISTING: &'static Listing = &LISTED;
}

pub(super) fn routes() -> Routes {
    resource::<Export>("/exports")
        .commands(&[CommandKind::Cancel])
        .list::<export::Export>()
        .item::<export::Export>()
        .history()
        .routes()
        .guarded(Right::Exports, routes!(download_export))
}

/// The file of an export, whole or in a range: for who asked for it, as long as they have the rights that they
/// had when it was made.
#[utoipa::path(get, path = "/exports/{id}/content", operation_id = "files.export.download",
    tag = "files", params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "The file.", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 206, description = "The range that was asked for.", body = Vec<u8>,
            content_type = "application/octet-stream"),
        (status = 304, description = "The client has it already.")))]
async fn download_export(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ExportId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let export: Export = app.commands.aggregates().load(id).await?;
    let request = export.request().filter(|request| request.requester.uuid() == caller.id);
    let request = request.ok_or_else(Problem::not_found)?;
    let content = export.content().ok_or_else(no_file)?;
    if rights_digest(caller.actor()) != content.rights {
        return Err(rights_changed());
    }
    let download = Download {
        key: object_key(id, content.object),
        name: Some(&file_name(request, content)),
        media_type: format_of(request.format).media_type(),
        size: content.size,
        sha256: &content.sha256,
    };
    download.response(&app, &headers).await
}

/// Where a run of an export puts its file.
fn object_key(export: ExportId, object: Uuid) -> ObjectKey {
    ObjectKey::new(EXPORTS, export.uuid()).part(object)
}

/// `customers-2030-01-31.csv`
fn file_name(request: &Request, content: &Content) -> FileName {
    let list = request.path.as_str().rsplit('/').next().unwrap_or_default();
    let day = content.as_of.with_timezone(&request.zone).date_naive();
    FileName::cleaned(&format!("{list}-{day}.{}", request.format))
}

fn no_file() -> Problem {
    Problem::conflict(
        ProblemCode::NoFile,
        "it has no file: it is not made yet, failed, or has expired",
    )
}

fn rights_changed() -> Problem {
    let detail = "you read with other rights now than when it was made; ask for it again";
    Problem::new(axum::http::StatusCode::FORBIDDEN, ProblemCode::RightsChanged, detail)
        .with_rule(Some("EXP-1"))
}
