//! What the caller wants to be mailed.

use std::collections::BTreeSet;

use axum::{Json, extract::State};
use commands::{CommandEnvelope, policy::Right};
use domain::notifications::{
    notification::Kind,
    preferences::{Command, Preferences, PreferencesId},
};
use projections::{listing::Listing, notifications::preferences::PREFERENCES};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::{
    App, body::DataBody, caller::Caller, dispatcher::CommandResponse, json_request::JsonRequest,
    problem::Problem, routes::Routes, visible::Visible,
};

impl Visible for Preferences {
    const READ_RIGHT: Right = Right::Notifications;
    const LISTING: &'static Listing = &PREFERENCES;
}

pub(super) fn routes() -> Routes {
    Routes::default()
        .guarded(Right::Notifications, routes!(show_preferences))
        .guarded(Right::Notifications, routes!(set_preferences))
}

/// What is mailed to somebody: everything but what they muted.
#[derive(Serialize, ToSchema)]
struct MailPreferences {
    /// What is in the inbox only.
    muted: BTreeSet<Kind>,
    /// What can be muted.
    optional: Vec<Kind>,
}

/// What is not to be mailed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Muting {
    /// All of it; everything else is mailed.
    muted: Vec<Kind>,
}

/// What the caller is mailed.
#[utoipa::path(get, path = "/notifications/preferences",
    operation_id = "notifications.preferences.mine", tag = "notifications",
    responses((status = 200, body = DataBody<MailPreferences>)))]
async fn show_preferences(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<DataBody<MailPreferences>>, Problem> {
    let preferences = app.commands.aggregates().load(PreferencesId::from(caller.id)).await?;
    let (muted, optional) = (preferences.muted_kinds().clone(), Kind::OPTIONAL.to_vec());
    Ok(Json(DataBody { data: MailPreferences { muted, optional } }))
}

/// Says what the caller is not to be mailed. It is in their inbox all the same.
#[utoipa::path(put, path = "/notifications/preferences",
    operation_id = "notifications.preferences.mute", tag = "notifications", request_body = Muting,
    responses((status = 200, body = CommandResponse)))]
async fn set_preferences(
    State(app): State<App>,
    caller: Caller,
    request: JsonRequest<Muting>,
) -> Result<CommandResponse, Problem> {
    let command = Command::Mute { muted: request.body.muted };
    let envelope =
        CommandEnvelope::new(PreferencesId::from(caller.id), command, caller.actor().clone());
    app.dispatcher.create(&caller, envelope, request.options).await
}
