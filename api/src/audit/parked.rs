//! Parked streams: those that a read model, a worker or a scheduled task failed to process. They can be
//! listed, retried, or continued without the failing event.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use projections::{Discarded, Parked, Which, listing};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    App,
    answer::Answer,
    caller::Caller,
    json_request::{JsonRequest, Query},
    problem::Problem,
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
    id: Option<Uuid>,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `page.next` of the page before.
    cursor: Option<u32>,
}

/// Which parked streams are meant: all to which everything given applies.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Meant)]
pub(super) struct RetryRequest {
    #[serde(default)]
    consumer: Option<String>,
    #[serde(default)]
    stream: Option<String>,
    #[serde(default)]
    id: Option<Uuid>,
}

/// One event that is passed over.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PassedOver)]
pub(super) struct DiscardRequest {
    consumer: String,
    stream: String,
    id: Uuid,
    /// Its place in the stream, as the list of parked streams tells it.
    version: i32,
}

/// A stream that waits for a fix. Nothing else waits for it but what follows in the same stream.
#[derive(Serialize, ToSchema)]
pub(super) struct ParkedStream {
    /// The read model, or `worker/` and the worker or task, that could not deal with it.
    consumer: String,
    stream: String,
    id: Uuid,
    /// The place in the log of the event that could not be dealt with.
    position: i64,
    /// Its place in the stream.
    version: i32,
    error: String,
    /// How often it failed.
    attempts: i32,
    /// Whether no repetition can mend it, unless something else changes.
    permanent: bool,
    parked_at: DateTime<Utc>,
    failed_at: DateTime<Utc>,
    /// When it is tried again; nothing, if only when somebody asks for it.
    next_at: Option<DateTime<Utc>>,
    /// Who decided that the event is passed over, until that is done.
    discarded_by: Option<Uuid>,
}

/// How many streams that were.
#[derive(Serialize, ToSchema)]
#[schema(as = Affected)]
pub(super) struct AffectedStreams {
    streams: u64,
}

/// What waits for a fix, the longest parked first.
#[utoipa::path(get, path = "/parked", operation_id = "platform.parked.list", tag = "platform",
    params(ParkedFilter),
    responses((status = 200, description = "A list of parked streams.", body = List<ParkedStream>)))]
pub(super) async fn list_parked(
    State(app): State<App>,
    Query(ParkedFilter { consumer, stream, id, limit, cursor }): Query<ParkedFilter>,
) -> Result<List<ParkedStream>, Problem> {
    let (limit, from) = (listing::limit(limit)?, cursor.unwrap_or_default());
    let which = Which { consumer, stream, id };
    let head = reads::head(&app).await?;
    let found = which.list(&app.db, from.into(), limit.into()).await?;
    let data = found.into_iter().map(ParkedStream::from).collect();
    Ok(List::cut(data, limit, head, |_| from.saturating_add(limit).to_string()))
}

/// Has parked streams tried again, within seconds and whatever pause they had.
#[utoipa::path(post, path = "/parked/retry", operation_id = "platform.parked.retry",
    tag = "platform", request_body = RetryRequest,
    responses((status = 200, body = Answer<AffectedStreams>)))]
pub(super) async fn retry(
    State(app): State<App>,
    caller: Caller,
    request: JsonRequest<RetryRequest>,
) -> Result<Json<Answer<AffectedStreams>>, Problem> {
    let RetryRequest { consumer, stream, id } = request.body;
    let streams = Which { consumer, stream, id }.retry(&app.db).await?;
    tracing::info!(by = %caller.id, streams, "parked streams are tried again");
    Ok(Json(Answer { data: AffectedStreams { streams } }))
}

/// Has the event passed over that a worker could not deal with, and goes on with what follows it.
///
/// It is named by its place in the stream: what was tried again meanwhile may have failed at a later
/// one, which nobody has looked at. That is a conflict.
///
/// Only workers can do without an event: a read model would be wrong for ever, and what the clock
/// gives stays due. Of those none is affected.
#[utoipa::path(post, path = "/parked/discard", operation_id = "platform.parked.discard",
    tag = "platform", request_body = DiscardRequest,
    responses((status = 200, body = Answer<AffectedStreams>)))]
pub(super) async fn discard(
    State(app): State<App>,
    caller: Caller,
    request: JsonRequest<DiscardRequest>,
) -> Result<Json<Answer<AffectedStreams>>, Problem> {
    let DiscardRequest { consumer, stream, id, version } = request.body;
    let event = (stream.as_str(), id, version);
    let streams = match Parked::discard(&app.db, &consumer, event, caller.id).await? {
        Discarded::Nothing => 0,
        Discarded::Decided => 1,
        Discarded::Elsewhere(now) => {
            let detail = format!("the stream is parked at version {now} by now, not at {version}");
            return Err(Problem::conflict("parked_elsewhere", detail).with("version", now));
        }
    };
    tracing::warn!(by = %caller.id, consumer, stream, %id, version, "a parked event is passed over");
    Ok(Json(Answer { data: AffectedStreams { streams } }))
}

impl From<Parked> for ParkedStream {
    fn from(parked: Parked) -> Self {
        let Parked { consumer, stream, id, position, version, error, .. } = parked;
        let Parked { attempts, permanent, parked_at, failed_at, next_at, discarded_by, .. } =
            parked;
        Self {
            consumer,
            stream,
            id,
            position,
            version,
            error,
            attempts,
            permanent,
            parked_at,
            failed_at,
            next_at,
            discarded_by,
        }
    }
}
