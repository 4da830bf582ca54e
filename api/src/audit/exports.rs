//! Lists who took which list or report away as a file.

use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::rows::{RowQuery, newest_rows};
use crate::{
    App, caller::Caller, describe::PageParams, json_request::Query, problem::Problem, reads::List,
};

const COLUMNS: &str =
    "id, at, actor, impersonator, role, path, query, format, rows, position, trace";

/// The parameters of the list of exports.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct DownloadFilter {
    /// Who took something away.
    actor: Option<Uuid>,
    #[param(ignore)]
    limit: Option<u32>,
    #[param(ignore)]
    cursor: Option<i64>,
}

/// A list or report that somebody took away as a file.
#[derive(Serialize, FromRow, ToSchema)]
#[schema(as = ExportRow)]
pub(super) struct DownloadRow {
    id: i64,
    at: DateTime<Utc>,
    /// Who did; all zeros for a guest.
    actor: Uuid,
    /// Who acted in the name of that user, if somebody did.
    impersonator: Option<Uuid>,
    role: String,
    path: String,
    /// Filters and order, as in a URL, without what was typed as text.
    query: String,
    format: String,
    rows: i64,
    /// Up to which position of the log it contained everything.
    position: i64,
    /// The trace of the request; none if it was made as an export.
    trace: Option<Uuid>,
}

/// Lists what was taken away as a file, the newest first.
#[utoipa::path(get, path = "/audit/exports", operation_id = "platform.audit.exports",
    tag = "platform", params(DownloadFilter, PageParams),
    responses((status = 200, description = "A list of files.", body = List<DownloadRow>)))]
pub(super) async fn list_downloads(
    State(app): State<App>,
    caller: Caller,
    Query(DownloadFilter { actor, limit, cursor }): Query<DownloadFilter>,
) -> Result<List<DownloadRow>, Problem> {
    let (rows, query) = (("audit.exports", COLUMNS), RowQuery { actor, limit, cursor });
    newest_rows(&app, &caller, rows, query, |row: &DownloadRow| row.id).await
}
