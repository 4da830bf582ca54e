//! Endpoints of impersonations: support agents act in the name of a user (IAM-8).

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use commands::{CommandEnvelope, Failure, policy::Right};
use domain::{
    Text,
    identity::{
        impersonation::{
            ActiveImpersonation, Command, CommandKind, Impersonation, ImpersonationId, Refusal,
        },
        session::SessionId,
        user::UserId,
    },
};
use projections::{
    identity::impersonation::{self, IMPERSONATIONS},
    listing::Listing,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::{
    App,
    auth::UserAccount,
    body::DataBody,
    caller::Caller,
    json_request::{Empty, JsonRequest, Path},
    principal::may_impersonate,
    problem::Problem,
    resource::resource,
    routes::Routes,
    tokens::{ACCESS_TOKEN_LIFETIME, ActorClaim, Claims},
    visible::Visible,
};

impl Visible for Impersonation {
    const READ_RIGHT: Right = Right::Impersonate;
    const LISTING: &'static Listing = &IMPERSONATIONS;
}

pub(super) fn routes() -> Routes {
    resource::<Impersonation>("/impersonations")
        .commands(&[CommandKind::End])
        .list::<impersonation::Impersonation>()
        .item::<impersonation::Impersonation>()
        .history()
        .routes()
        .guarded(Right::Impersonate, routes!(start_impersonation))
        .guarded(Right::Impersonate, routes!(renew_token))
}

/// The reason for an impersonation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ImpersonationReason {
    /// It is kept for later audits.
    reason: Text<500>,
}

/// An impersonation, with an access token for it.
#[derive(Serialize, ToSchema)]
struct ImpersonationToken {
    /// The impersonation, by which it is ended or its token renewed.
    id: ImpersonationId,
    /// For how long at most.
    until: DateTime<Utc>,
    /// Sent as `Authorization: Bearer …`.
    access_token: String,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// In seconds.
    expires_in: u64,
}

/// Begins to act in the name of a user, for an hour at most and while the agent stays signed in.
/// Events caused by it name both.
#[utoipa::path(post, path = "/users/{id}/impersonate", operation_id = "identity.impersonation.start",
    tag = "identity", params(("id" = UserId, Path)),
    request_body = ImpersonationReason,
    responses((status = 201, body = DataBody<ImpersonationToken>)))]
async fn start_impersonation(
    State(app): State<App>,
    caller: Caller,
    Path(user): Path<UserId>,
    request: JsonRequest<ImpersonationReason>,
) -> Result<Response, Problem> {
    let session = agent_session(&caller)?;
    let command = Command::Start { user, reason: request.body.reason };
    let envelope = CommandEnvelope::<Impersonation>::create(command, caller.actor().clone());
    let done = app.dispatcher.create(&caller, envelope, request.options).await;
    let done = done.map_err(|problem| match problem {
        problem if problem.has_code("unknown_user") => Problem::not_found(),
        problem => problem,
    })?;
    let answer = issue_token(&app, &caller, session, done.id().into()).await?;
    Ok((StatusCode::CREATED, answer).into_response())
}

/// Renews the access token of an impersonation that has not ended.
#[utoipa::path(post, path = "/impersonations/{id}/token",
    operation_id = "identity.impersonation.renew", tag = "identity",
    params(("id" = ImpersonationId, Path)),
    request_body = Empty, responses((status = 200, body = DataBody<ImpersonationToken>)))]
async fn renew_token(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ImpersonationId>,
    _: JsonRequest<Empty>,
) -> Result<Response, Problem> {
    Ok(issue_token(&app, &caller, agent_session(&caller)?, id).await?.into_response())
}

/// The session in which the agent acts. Programs have none, and cannot impersonate.
fn agent_session(caller: &Caller) -> Result<SessionId, Problem> {
    caller.session().ok_or_else(|| Problem::forbidden(Right::Impersonate))
}

/// An access token for the agent of an impersonation; for others it does not exist.
async fn issue_token(
    app: &App,
    caller: &Caller,
    session: SessionId,
    id: ImpersonationId,
) -> Result<Json<DataBody<ImpersonationToken>>, Problem> {
    let impersonation = app.commands.aggregates().load(id).await?.active();
    let now = app.commands.now();
    let is_usable =
        |active: &ActiveImpersonation| active.agent.uuid() == caller.id && active.until > now;
    let ActiveImpersonation { agent, user, until } =
        impersonation.filter(is_usable).ok_or_else(Problem::not_found)?;
    let active_account = async |user| {
        UserAccount::by_id(app.commands.aggregates(), user)
            .await
            .map(|account| account.filter(UserAccount::is_active))
    };
    let (agent, user) = (active_account(agent).await?, active_account(user).await?);
    let (agent, user) = agent.zip(user).ok_or_else(Problem::not_found)?;
    // The role of either may have changed since the impersonation started.
    if !may_impersonate(agent.state.role, user.state.role) {
        return Err(Failure::Refused(Refusal::Upwards).into());
    }
    let claims = app.auth.access_tokens.sessionless_claims(&user, None).await?;
    let act = Some(ActorClaim { sub: agent.user.uuid(), sid: session.uuid() });
    let access_token = app.tokens.issue(&Claims { sid: id.uuid(), act, ..claims })?;
    let (token_type, expires_in) = ("Bearer", ACCESS_TOKEN_LIFETIME);
    let data = ImpersonationToken { id, until, access_token, token_type, expires_in };
    Ok(Json(DataBody { data }))
}
