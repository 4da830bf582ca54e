//! Where files are uploaded, found, and given back.

use axum::{extract::State, http::HeaderMap, response::Response};
use commands::policy::Right;
use domain::{
    files::file::{Command, File, FileId, Purpose},
    identity::Owner,
};
use projections::{
    files::file::{self, FILES},
    listing::Listing,
};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{
    content::{file_response, require_available},
    form::FileForm,
    receive::record_file,
};
use crate::{
    App, caller::Caller, dispatcher::CommandResponse, json_request::Path, problem::Problem,
    resource::resource, routes::Routes, visible::Visible,
};

impl Visible for File {
    const READ_RIGHT: Right = Right::Files;
    const LISTING: &'static Listing = &FILES;
}

pub(super) fn routes() -> Routes {
    resource::<File>("/files")
        .delete(|| Command::Delete {})
        .list::<file::File>()
        .item::<file::File>()
        .history()
        .routes()
        .guarded(Right::Files, routes!(upload_file))
        .guarded(Right::Files, routes!(download_file))
}

/// A form with a file. Its type must be among those that are taken, its first bytes and its name must fit it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read as a stream; this describes it")]
struct FileUpload {
    /// The last field.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
}

/// Uploads a file, to be attached to an issue afterwards.
#[utoipa::path(post, path = "/files", operation_id = "files.file.upload", tag = "files",
    request_body(content = FileUpload, content_type = "multipart/form-data"),
    responses((status = 201, description = "It is there.", body = CommandResponse)))]
async fn upload_file(
    State(app): State<App>,
    caller: Caller,
    form: FileForm,
) -> Result<CommandResponse, Problem> {
    let done = record_file(&app, &caller, form, Purpose::IssueAttachment).await?;
    Ok(done.created_below("/files"))
}

/// The bytes of a file, whole or in a range.
#[utoipa::path(get, path = "/files/{id}/content", operation_id = "files.file.download", tag = "files",
    params(("id" = FileId, Path)),
    responses(
        (status = 200, description = "The file.", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 206, description = "The range that was asked for.", body = Vec<u8>,
            content_type = "application/octet-stream"),
        (status = 304, description = "The client has it already.")))]
async fn download_file(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<FileId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let file = find_own_file(&app, &caller, id).await?;
    file_response(&app, id, require_available(&app, &file)?, &headers).await
}

/// A file, as the log has it now; 404 for callers who may not see it.
pub(super) async fn find_own_file(app: &App, caller: &Caller, id: FileId) -> Result<File, Problem> {
    let file: File = app.commands.aggregates().load(id).await?;
    let content = file.content().ok_or_else(Problem::not_found)?;
    let owner = Owner { user: Some(content.owner.uuid()), ..Owner::default() };
    if caller.row_scope(Right::Files)?.covers(&owner) {
        Ok(file)
    } else {
        Err(Problem::not_found())
    }
}
