//! Endpoints of service accounts (accounts of programs) and their API keys.

use std::collections::BTreeSet;

use axum::{extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use commands::policy::Right;
use domain::{
    Text,
    identity::{
        Actor,
        service_account::{
            ApiKey, ApiKeyId, Command, CommandKind, Event, ServiceAccount, ServiceAccountId,
        },
    },
};
use projections::{
    identity::service_account::{self, SERVICE_ACCOUNTS},
    listing::Listing,
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::{
    App,
    api_key::ApiKeyToken,
    caller::Caller,
    dispatcher::CommandResponse,
    json_request::{CommandOptions, JsonRequest, Path},
    problem::Problem,
    resource::resource,
    routes::Routes,
    visible::Visible,
};

impl Visible for ServiceAccount {
    const READ_RIGHT: Right = Right::ServiceAccounts;
    const LISTING: &'static Listing = &SERVICE_ACCOUNTS;

    /// Hides the event that holds the hash of the key.
    fn is_event_visible(event: &Event, _: &Actor) -> bool {
        !matches!(event, Event::KeyIssued { .. })
    }
}

pub(super) fn routes() -> Routes {
    resource::<ServiceAccount>("/service-accounts")
        .create(CommandKind::Create)
        // Keys have routes of their own, which generate them.
        .register_act("issue_key", CommandKind::IssueKey)
        .commands(&[CommandKind::Disable, CommandKind::Enable])
        .list::<service_account::ServiceAccount>()
        .item::<service_account::ServiceAccount>()
        .history()
        .routes()
        .guarded(Right::ServiceAccounts, routes!(issue_key))
        .guarded(Right::ServiceAccounts, routes!(revoke_key))
}

/// A new key.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewApiKey {
    name: Text<100>,
    /// The rights of the key, within those of the account.
    rights: BTreeSet<Right>,
    /// When it expires; if left out, it lasts until it is revoked.
    #[serde(default)]
    until: Option<DateTime<Utc>>,
}

/// Issues a key: `data.id` is its id, `data.secret` what the program sends as
/// `Authorization: Bearer …`. The secret is shown only once.
#[utoipa::path(post, path = "/service-accounts/{id}/keys",
    operation_id = "identity.service_account.issue_key", tag = "identity",
    params(("id" = uuid::Uuid, Path)),
    request_body = NewApiKey, responses((status = 201, body = CommandResponse)))]
async fn issue_key(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ServiceAccountId>,
    request: JsonRequest<NewApiKey>,
) -> Result<(StatusCode, CommandResponse), Problem> {
    let NewApiKey { name, rights, until } = request.body;
    let new_key = ApiKeyToken::new(id)?;
    let key = ApiKey { name, hash: new_key.hash()?, rights, until };
    let command = Command::IssueKey { id: new_key.id, key };
    let options = CommandOptions { part: Some(new_key.id.uuid()), ..request.options };
    let done = app.dispatcher.execute(&caller, id, vec![command], options).await?;
    Ok((StatusCode::CREATED, done.with_secret(Some(new_key.to_string()))))
}

/// Revokes a key, within a second.
#[utoipa::path(delete, path = "/service-accounts/{id}/keys/{key}",
    operation_id = "identity.service_account.revoke_key", tag = "identity",
    params(("id" = uuid::Uuid, Path), ("key" = uuid::Uuid, Path)),
    responses((status = 200, body = CommandResponse)))]
async fn revoke_key(
    State(app): State<App>,
    caller: Caller,
    Path((id, key)): Path<(ServiceAccountId, ApiKeyId)>,
    request: JsonRequest<Value>,
) -> Result<CommandResponse, Problem> {
    let revoke = vec![Command::RevokeKey { id: key }];
    let done = app.dispatcher.execute(&caller, id, revoke, request.options).await;
    done.map_err(
        |problem| if problem.has_code("no_such_key") { Problem::not_found() } else { problem },
    )
}
