//! Signed links to the bytes of a file, good for a few minutes and without a session.

use axum::{Json, extract::State, http::HeaderMap, response::Response};
use chrono::{DateTime, TimeDelta, Utc};
use commands::policy::Right;
use domain::files::file::{File, FileId};
use sealing::LinkToken;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;
use uuid::{NoContext, Timestamp, Uuid};

use super::{content::file_response, file::find_own_file, require_available};
use crate::{
    App,
    body::DataBody,
    caller::Caller,
    json_request::{Empty, JsonRequest, Path},
    problem::Problem,
    routes::Routes,
};

/// What the tokens are for.
const PURPOSE: &str = "file";
/// How long a link leads to its file.
const LIFETIME: TimeDelta = TimeDelta::minutes(5);

pub(super) fn routes() -> Routes {
    Routes::default().guarded(Right::Files, routes!(create_link)).public(routes!(download_by_link))
}

/// A link to the bytes of a file.
#[derive(Serialize, ToSchema)]
struct FileLink {
    /// What follows `/public/files/` in the path.
    token: String,
    /// The whole path on this server; it needs no credential.
    url: String,
    expires_at: DateTime<Utc>,
}

/// Makes a link to the bytes of a file that needs no credential, for five minutes.
#[utoipa::path(post, path = "/files/{id}/links", operation_id = "files.file.link", tag = "files",
    params(("id" = FileId, Path)), request_body = Empty,
    responses((status = 200, description = "The link.", body = DataBody<FileLink>)))]
async fn create_link(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<FileId>,
    _: JsonRequest<Empty>,
) -> Result<Json<DataBody<FileLink>>, Problem> {
    let file = find_own_file(&app, &caller, id).await?;
    require_available(&app, &file)?;
    let expires_at = app.commands.now() + LIFETIME;
    let master = app.commands.aggregates().keys().master();
    let token = LinkToken::new(master, PURPOSE, id.uuid(), expiry_as_nonce(expires_at), "");
    let token = token.to_string();
    let url = format!("/api/v1/public/files/{token}");
    Ok(Json(DataBody { data: FileLink { token, url, expires_at } }))
}

/// The bytes of the file of a link.
#[utoipa::path(get, path = "/public/files/{token}", operation_id = "files.file.download_by_link",
    tag = "files", params(("token" = String, Path)),
    responses(
        (status = 200, description = "The file.", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 206, description = "The range that was asked for.", body = Vec<u8>,
            content_type = "application/octet-stream"),
        (status = 304, description = "The client has it already.")))]
async fn download_by_link(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let master = app.commands.aggregates().keys().master();
    let token = LinkToken::verified(master, PURPOSE, "", &token).filter(|token| {
        expiry_of_nonce(token.nonce).is_some_and(|expires| app.commands.now() < expires)
    });
    let id = FileId::from(token.ok_or_else(Problem::not_found)?.about);
    let file: File = app.commands.aggregates().load(id).await?;
    file_response(&app, id, require_available(&app, &file)?, &headers).await
}

/// The nonce of a token is a UUID of version 7, which has a time in milliseconds in it: its end.
fn expiry_as_nonce(expires_at: DateTime<Utc>) -> Uuid {
    let seconds = u64::try_from(expires_at.timestamp()).unwrap_or_default();
    Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, expires_at.timestamp_subsec_nanos()))
}

fn expiry_of_nonce(nonce: Uuid) -> Option<DateTime<Utc>> {
    let (seconds, nanoseconds) = nonce.get_timestamp()?.to_unix();
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_says_when_its_link_ends() {
        let end = DateTime::from_timestamp_millis(1_900_000_000_123).unwrap();
        assert_eq!(expiry_of_nonce(expiry_as_nonce(end)), Some(end));
        assert_eq!(expiry_of_nonce(Uuid::nil()), None);
    }
}
