//! Usage of the API's versions by client: whom to notify before one is switched off.

use axum::{Json, extract::State};
use chrono::NaiveDate;
use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{App, body::DataBody, problem::Problem};

/// How often a client used a version on a day.
#[derive(Serialize, FromRow, ToSchema)]
pub(super) struct UsageRow {
    day: NaiveDate,
    version: String,
    /// The user or service account; all zeros for guests.
    client: Uuid,
    requests: i64,
}

/// How much each version of the API was used in the last 30 days, by whom.
#[utoipa::path(get, path = "/usage", operation_id = "platform.usage.list", tag = "platform",
    responses((status = 200, body = DataBody<Vec<UsageRow>>)))]
pub(super) async fn list_usage(
    State(app): State<App>,
) -> Result<Json<DataBody<Vec<UsageRow>>>, Problem> {
    let data = sqlx::query_as(
        "select day, version, client, requests from audit.usage
         where day > (now() at time zone 'UTC')::date - 30
         order by day desc, version, requests desc, client limit 10000",
    );
    Ok(Json(DataBody { data: data.fetch_all(&app.db).await? }))
}
