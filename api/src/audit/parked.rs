//! Parked streams: those that a read model, a worker or a scheduled task failed to process. They can be
//! listed, retried, or continued without the failing event.

use axum::{Json, extract::State};
use projections::{DiscardOutcome, ParkedStream, ParkedStreamFilter, listing};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    App,
    body::DataBody,
    caller::Caller,
    describe::PageParams,
    json_request::{JsonRequest, Query},
    problem::{Problem, ProblemCode},
    reads::{self, List},
};

/// Which parked streams are asked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ParkedFilter {
    /// Of which read model (`crm.customer`), or of which worker or task (`worker/notifications.mail`).
    consumer: Option<String>,
    /// `crm.customer`
    stream: Option<String>,
    /// Of this aggregate.
    id: Option<Uuid>,
    #[param(ignore)]
    limit: Option<u32>,
    #[param(ignore)]
    cursor: Option<u32>,
}

/// Which parked streams to retry: those that match all fields that are present.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RetryRequest {
    #[serde(default)]
    consumer: Option<String>,
    #[serde(default)]
    stream: Option<String>,
    #[serde(default)]
    id: Option<Uuid>,
}

/// A parked event that is to be skipped.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DiscardRequest {
    consumer: String,
    stream: String,
    id: Uuid,
    /// Its version in the stream, as in the list of parked streams.
    version: i32,
}

/// How many streams were affected.
#[derive(Serialize, ToSchema)]
pub(super) struct AffectedStreams {
    streams: u64,
}

/// Lists parked streams, the longest parked first.
#[utoipa::path(get, path = "/parked", operation_id = "platform.parked.list", tag = "platform",
    params(ParkedFilter, PageParams),
    responses((status = 200, description = "A list of parked streams.", body = List<ParkedStream>)))]
pub(super) async fn list_parked(
    State(app): State<App>,
    Query(ParkedFilter { consumer, stream, id, limit, cursor }): Query<ParkedFilter>,
) -> Result<List<ParkedStream>, Problem> {
    let (limit, from) = (listing::page_limit(limit)?, cursor.unwrap_or_default());
    let which = ParkedStreamFilter { consumer, stream, id };
    let head = reads::log_head(&app).await?;
    let data = which.list(&app.db, from.into(), i64::from(limit) + 1).await?;
    Ok(List::from_rows(data, limit, head, |_| from.saturating_add(limit).to_string()))
}

/// Retries parked streams within seconds, whenever their next attempt was due.
#[utoipa::path(post, path = "/parked/retry", operation_id = "platform.parked.retry",
    tag = "platform", request_body = RetryRequest,
    responses((status = 200, body = DataBody<AffectedStreams>)))]
pub(super) async fn retry(
    State(app): State<App>,
    caller: Caller,
    request: JsonRequest<RetryRequest>,
) -> Result<Json<DataBody<AffectedStreams>>, Problem> {
    let RetryRequest { consumer, stream, id } = request.body;
    let streams = ParkedStreamFilter { consumer, stream, id }.request_retry(&app.db).await?;
    tracing::info!(by = %caller.id, streams, "parked streams are tried again");
    Ok(Json(DataBody { data: AffectedStreams { streams } }))
}

/// Skips the event that a worker failed to process, and continues with those that follow it.
///
/// It is named by its place in the stream: what was tried again meanwhile may have failed at a later
/// one, which nobody has looked at. That is a conflict.
///
/// Only workers can do without an event: a read model would be wrong for ever, and what the clock
/// gives stays due. Of those none is affected.
#[utoipa::path(post, path = "/parked/discard", operation_id = "platform.parked.discard",
    tag = "platform", request_body = DiscardRequest,
    responses((status = 200, body = DataBody<AffectedStreams>)))]
pub(super) async fn discard(
    State(app): State<App>,
    caller: Caller,
    request: JsonRequest<DiscardRequest>,
) -> Result<Json<DataBody<AffectedStreams>>, Problem> {
    let DiscardRequest { consumer, stream, id, version } = request.body;
    let event = (stream.as_str(), id, version);
    let streams = match ParkedStream::discard(&app.db, &consumer, event, caller.id).await? {
        DiscardOutcome::NotParked => 0,
        DiscardOutcome::Discarded => 1,
        DiscardOutcome::ParkedElsewhere(now) => {
            let detail = format!("the stream is parked at version {now} by now, not at {version}");
            return Err(
                Problem::conflict(ProblemCode::ParkedElsewhere, detail).with("version", now)
            );
        }
    };
    tracing::warn!(by = %caller.id, consumer, stream, %id, version, "a parked event is passed over");
    Ok(Json(DataBody { data: AffectedStreams { streams } }))
}
