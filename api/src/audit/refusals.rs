//! Lists the requests that were refused because their caller lacked a right.

use axum::extract::State;
use chrono::{DateTime, Utc};
use commands::policy::Right;
use domain::identity::Scope;
use projections::listing;
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    App,
    caller::Caller,
    describe::PageParams,
    json_request::Query,
    problem::Problem,
    reads::{self, List},
};

/// The parameters of the list of refusals.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct RefusalFilter {
    /// Who was refused.
    actor: Option<Uuid>,
    #[param(ignore)]
    limit: Option<u32>,
    #[param(ignore)]
    cursor: Option<i64>,
}

/// A request that needed a right which its caller did not have.
#[derive(Serialize, FromRow, ToSchema)]
pub(super) struct RefusalRow {
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
    tag = "platform", params(RefusalFilter, PageParams),
    responses((status = 200, description = "A list of refusals.", body = List<RefusalRow>)))]
pub(super) async fn list_refusals(
    State(app): State<App>,
    caller: Caller,
    Query(RefusalFilter { actor, limit, cursor }): Query<RefusalFilter>,
) -> Result<List<RefusalRow>, Problem> {
    let limit = listing::page_limit(limit)?;
    // Without full scope, callers see their own refusals only.
    let actor = match caller.scope(Right::Audit) {
        Scope::All => actor,
        _ => Some(caller.id),
    };
    let head = reads::log_head(&app).await?;
    let data: Vec<RefusalRow> = sqlx::query_as(
        "select id, at, actor, role, method, path, lacking, network, trace from audit.refusals
         where ($1::uuid is null or actor = $1) and ($2::bigint is null or id < $2)
         order by id desc limit $3",
    )
    .bind(actor)
    .bind(cursor)
    .bind(i64::from(limit) + 1)
    .fetch_all(&app.db)
    .await?;
    Ok(List::from_rows(data, limit, head, |last| last.id.to_string()))
}
