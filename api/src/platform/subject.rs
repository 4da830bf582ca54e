//! Erasing people.

use axum::extract::State;
use commands::{platform, policy::Right};
use domain::platform::subject::{Reason, SubjectId};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App,
    caller::Caller,
    given::{Given, Path},
    orders::Done,
    problem::Problem,
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(erase))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Erasure {
    reason: Reason,
}

/// Destroys the key of a person, a customer or a user: nobody can ever read the person's data
/// again. A user's access ends first.
#[utoipa::path(post, path = "/subjects/{id}/erase", operation_id = "platform.subject.erase",
    extensions(("x-right" = json!("erasure"))), tag = "platform", params(("id" = uuid::Uuid, Path)), request_body = Erasure,
    responses((status = 200, body = Done)))]
async fn erase(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SubjectId>,
    given: Given<Erasure>,
) -> Result<Done, Problem> {
    caller.sight(Right::Erasure)?;
    let erased = platform::erase(&app.commands, id, given.body.reason, caller.actor().clone());
    Ok(erased.await?.into())
}
