//! Uploads that go on after a break, as tus 1.0 does it (<https://tus.io/protocols/resumable-upload>): its core
//! and the extensions creation, expiration and termination.
//!
//! What came of a file is kept in parts in the object store, whichever process took it in, and a row says how much
//! that is ([`row`]). With the last byte the file is made of them, just as if it had come in a form
//! ([`append`]). How far an upload has come is no fact of the business: nothing of it is in the log before that.

mod append;
mod claim;
mod headers;
mod parts;
mod row;

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use commands::policy::Right;
use domain::files::file::FileId;
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;
use utoipa::ToSchema;
use utoipa_axum::routes;
use uuid::Uuid;

use self::{
    append::{PURPOSE, UploadWriter},
    claim::upload_held_problem,
    headers::{NewUpload, TusProblem, offset_of, require_version, upload_headers},
    row::UploadRow,
};
use crate::{
    App,
    body::DataBody,
    caller::Caller,
    json_request::{CommandOptions, Path},
    problem::{Problem, ProblemCode},
    routes::Routes,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .guarded(Right::Files, routes!(begin_upload))
        .guarded(Right::Files, routes!(upload_progress, append_to_upload, end_upload))
}

/// An upload that goes on after a break.
#[derive(Serialize, ToSchema)]
struct Upload {
    id: Uuid,
    /// How many bytes the file is to have.
    length: u64,
    /// How many of them are kept.
    offset: u64,
    /// The file, once all bytes are there.
    file: Option<FileId>,
    /// When it is given up.
    expires_at: DateTime<Utc>,
}

/// Begins an upload that goes on after a break (tus 1.0). Its bytes are sent to the address in `Location`.
#[utoipa::path(post, path = "/uploads", operation_id = "files.upload.begin", tag = "files",
    params(
        ("Tus-Resumable" = String, Header, description = "`1.0.0`"),
        ("Upload-Length" = u64, Header, description = "How many bytes the file has."),
        ("Upload-Metadata" = String, Header,
            description = "`filename` and `filetype`, each with its value in Base64, with a comma between them.")),
    responses((status = 201, description = "It can be sent.", body = DataBody<Upload>)))]
async fn begin_upload(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, TusProblem> {
    require_version(&headers)?;
    let NewUpload { name, media_type, length } = NewUpload::read(&headers)?;
    PURPOSE.check_size(length).map_err(Problem::refused_file)?;
    PURPOSE.check_type(&name, &media_type).map_err(Problem::refused_file)?;
    let upload = row::begin(&app, caller.id, &name, &media_type, length).await?;
    let location = format!("/uploads/{}", upload.id);
    Ok((StatusCode::CREATED, upload_headers(&upload, Some(&location)), answer(&upload))
        .into_response())
}

/// How far an upload has come: with `HEAD`, by its headers alone.
#[utoipa::path(get, path = "/uploads/{id}", operation_id = "files.upload.progress", tag = "files",
    params(("id" = Uuid, Path)),
    responses((status = 200, description = "How far it has come.", body = DataBody<Upload>)))]
async fn upload_progress(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<Response, TusProblem> {
    let upload = row::find(&app.db, id, caller.id).await?;
    let file = upload.file.map(|file| format!("/files/{file}"));
    Ok((upload_headers(&upload, file.as_deref()), answer(&upload)).into_response())
}

/// Adds bytes to an upload, from the offset on that it has come to. What came before a break is kept. With the last
/// byte the file is made, and `Location` leads to it. Of two requests at once, the one that began later goes on.
#[utoipa::path(patch, path = "/uploads/{id}", operation_id = "files.upload.append", tag = "files",
    params(("id" = Uuid, Path),
        ("Tus-Resumable" = String, Header, description = "`1.0.0`"),
        ("Upload-Offset" = u64, Header, description = "How many bytes are kept already.")),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 204, description = "They are kept.")))]
async fn append_to_upload(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, TusProblem> {
    row::find(&app.db, id, caller.id).await?;
    require_version(&headers)?;
    let (offset, options) = (offset_of(&headers)?, CommandOptions::none());
    let writer = UploadWriter::begin(&app, &caller, id, offset).await?;
    // It goes on without the request: if that is given up, what came is still to be kept, and nothing that comes later.
    let given_up = CancellationToken::new();
    let _guard = given_up.clone().drop_guard();
    let appended = tokio::spawn(writer.append(body, given_up, options).in_current_span());
    let appended = appended.await.map_err(anyhow::Error::from).map_err(Problem::from)??;
    Ok((StatusCode::NO_CONTENT, appended.headers()).into_response())
}

/// Ends an upload, and forgets what came of it. One that is a file by now is deleted there.
#[utoipa::path(delete, path = "/uploads/{id}", operation_id = "files.upload.end", tag = "files",
    params(("id" = Uuid, Path)),
    responses((status = 204, description = "It is ended.")))]
async fn end_upload(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<Response, TusProblem> {
    row::find(&app.db, id, caller.id).await?;
    if !row::delete_unfinished(&app, id, None).await? {
        if row::find(&app.db, id, caller.id).await?.file.is_none() {
            return Err(upload_held_problem().into());
        }
        let detail = "all of it is there, and a file was made of it: delete that";
        return Err(Problem::conflict(ProblemCode::UploadEnded, detail).into());
    }
    Ok((StatusCode::NO_CONTENT, headers::tus_headers()).into_response())
}

fn answer(upload: &UploadRow) -> Json<DataBody<Upload>> {
    let UploadRow { id, length, received: offset, expires_at, .. } = *upload;
    let file = upload.file.map(FileId::from);
    Json(DataBody { data: Upload { id, length, offset, file, expires_at } })
}
