//! Erases the personal data of a subject by destroying its key.

use axum::{Json, extract::State};
use commands::{Failure, platform, policy::Right};
use domain::platform::subject::{ErasureReason, Refusal, SubjectId};
use projections::RemainingData;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::{
    App,
    caller::Caller,
    json_request::{JsonRequest, Path},
    problem::Problem,
    routes::Routes,
};

pub(super) fn routes() -> Routes {
    Routes::default().guarded(Right::Erasure, routes!(erase))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ErasureRequest {
    reason: ErasureReason,
}

/// The result of an erasure, and what is left of the person for a decision.
#[derive(Serialize, ToSchema)]
struct ErasureAnswer {
    data: ErasedSubject,
    meta: ErasedAt,
}

#[derive(Serialize, ToSchema)]
struct ErasedSubject {
    id: SubjectId,
    #[serde(flatten)]
    remains: RemainingData,
}

#[derive(Serialize, ToSchema)]
struct ErasedAt {
    version: i32,
    /// The position of the erasure, for `X-Min-Position`; the end of the log if it was done before.
    position: i64,
}

/// Destroys the key of a person (a customer, a user, a cabinet, an invitation): nobody can ever
/// read the person's data again. A user's access ends first. Answers what is left for a decision:
/// what others wrote about the person, and who may be the same person under another id.
#[utoipa::path(post, path = "/subjects/{id}/erase", operation_id = "platform.subject.erase",
    tag = "platform", params(("id" = uuid::Uuid, Path)), request_body = ErasureRequest,
    responses((status = 200, body = ErasureAnswer)))]
async fn erase(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SubjectId>,
    request: JsonRequest<ErasureRequest>,
) -> Result<Json<ErasureAnswer>, Problem> {
    // Read before the erasure: afterwards the person cannot be recognised in the data.
    let remains = projections::remaining_data(&app.db, id.uuid()).await?;
    let erased =
        platform::erase_subject(&app.commands, id, request.body.reason, caller.actor().clone());
    let receipt = match erased.await {
        Err(Failure::Refused(Refusal::Unknown)) => return Err(Problem::not_found()),
        erased => erased?,
    };
    let (version, position) = (receipt.version, app.dispatcher.min_position(&receipt).await?);
    let (data, meta) = (ErasedSubject { id, remains }, ErasedAt { version, position });
    Ok(Json(ErasureAnswer { data, meta }))
}
