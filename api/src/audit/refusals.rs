//! Lists the requests that were refused because their caller lacked a right.

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

const COLUMNS: &str = "id, at, actor, role, method, path, lacking, network, trace";

/// The parameters of the list of refusals.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct DeniedRequestFilter {
    /// Who was refused.
    actor: Option<Uuid>,
    #[param(ignore)]
    limit: Option<u32>,
    #[param(ignore)]
    cursor: Option<i64>,
}

/// A request that needed a right which its caller did not have.
#[derive(Serialize, FromRow, ToSchema)]
#[schema(as = RefusalRow)]
pub(super) struct DeniedRequestRow {
    id: i64,
    at: DateTime<Utc>,
    /// The caller; all zeros for a guest.
    actor: Uuid,
    role: String,
    method: String,
    path: String,
    /// The missing right, if that was the reason.
    lacking: Option<String>,
    /// The network from which they asked.
    network: Option<String>,
    /// The trace of the request.
    trace: Uuid,
}

/// Lists refused requests, the newest first. They appear within a second or so.
#[utoipa::path(get, path = "/audit/refusals", operation_id = "platform.audit.refusals",
    tag = "platform", params(DeniedRequestFilter, PageParams),
    responses((status = 200, description = "A list of refusals.", body = List<DeniedRequestRow>)))]
pub(super) async fn list_denied_requests(
    State(app): State<App>,
    caller: Caller,
    Query(DeniedRequestFilter { actor, limit, cursor }): Query<DeniedRequestFilter>,
) -> Result<List<DeniedRequestRow>, Problem> {
    let (rows, query) = (("audit.refusals", COLUMNS), RowQuery { actor, limit, cursor });
    newest_rows(&app, &caller, rows, query, |row: &DeniedRequestRow| row.id).await
}
