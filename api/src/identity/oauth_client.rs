//! Endpoints of OAuth clients: the applications that may sign users in.

use axum::extract::State;
use commands::{CommandEnvelope, policy::Right};
use domain::identity::{
    Actor,
    oauth_client::{Command, CommandKind, Details, Event, Kind, OAuthClient, OAuthClientId},
};
use projections::{
    identity::oauth_client::{Client, OAUTH_CLIENTS},
    listing::Listing,
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::{
    App,
    caller::Caller,
    dispatcher::CommandResponse,
    json_request::{Empty, JsonRequest, Path},
    problem::Problem,
    resource::resource,
    routes::Routes,
    secret::RandomSecret,
    visible::Visible,
};

impl Visible for OAuthClient {
    const READ_RIGHT: Right = Right::Operations;
    const LISTING: &'static Listing = &OAUTH_CLIENTS;

    /// Hides the event that holds the hash of the secret.
    fn is_event_visible(event: &Event, _: &Actor) -> bool {
        !matches!(event, Event::SecretRotated { .. })
    }
}

pub(super) fn routes() -> Routes {
    resource::<OAuthClient>("/oauth-clients")
        // Registering and rotating the secret have routes of their own, which generate it.
        .register_act("rotate_secret", CommandKind::RotateSecret)
        .commands(&[CommandKind::Change, CommandKind::Disable, CommandKind::Enable])
        .delete(|| Command::Disable {})
        .list::<Client>()
        .item::<Client>()
        .history()
        .routes()
        .guarded(Right::Operations, routes!(register_client))
        .guarded(Right::Operations, routes!(rotate_secret))
}

/// A new application.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewOAuthClient {
    kind: Kind,
    details: Details,
}

/// Registers an application. Its secret, if it can keep one, is in this answer and nowhere else.
#[utoipa::path(post, path = "/oauth-clients", operation_id = "identity.oauth_client.register",
    tag = "identity", request_body = NewOAuthClient, responses((status = 201, body = CommandResponse)))]
async fn register_client(
    State(app): State<App>,
    caller: Caller,
    request: JsonRequest<NewOAuthClient>,
) -> Result<CommandResponse, Problem> {
    let NewOAuthClient { kind, details } = request.body;
    let secret = if kind.is_public() { None } else { Some(RandomSecret::new()?) };
    let hash = secret.as_ref().map(RandomSecret::hash).transpose()?;
    let command = Command::Register { kind, details, secret: hash };
    let envelope = CommandEnvelope::<OAuthClient>::create(command, caller.actor().clone());
    let done = app.dispatcher.create(&caller, envelope, request.options).await?;
    Ok(done.with_secret(secret.map(String::from)).created_below("/oauth-clients"))
}

/// Makes a new secret for an application; the old one is invalid from then on.
#[utoipa::path(post, path = "/oauth-clients/{id}/rotate-secret",
    operation_id = "identity.oauth_client.rotate_secret", tag = "identity",
    params(("id" = uuid::Uuid, Path)),
    request_body = Empty,
    responses((status = 200, body = CommandResponse)))]
async fn rotate_secret(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<OAuthClientId>,
    request: JsonRequest<Empty>,
) -> Result<CommandResponse, Problem> {
    let secret = RandomSecret::new()?;
    let rotate = vec![Command::RotateSecret { secret: secret.hash()? }];
    let done = app.dispatcher.execute(&caller, id, rotate, request.options).await?;
    Ok(done.with_secret(Some(secret.into())))
}
