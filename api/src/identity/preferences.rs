//! How the caller likes the portal, on all their devices.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use commands::{CommandEnvelope, policy::Right};
use domain::{
    Decider,
    identity::preferences::{Command, PreferenceKey, Preferences, PreferencesId},
};
use projections::{
    identity::preferences::PREFERENCES,
    listing::{self, Listing},
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::{
    App,
    caller::Caller,
    dispatcher::CommandResponse,
    freshness::Freshness,
    json_request::{JsonRequest, Path},
    problem::Problem,
    reads::Item,
    routes::Routes,
    visible::Visible,
};

impl Visible for Preferences {
    const READ_RIGHT: Right = Right::Profile;
    const LISTING: &'static Listing = &PREFERENCES;
}

pub(super) fn routes() -> Routes {
    Routes::default()
        .guarded(Right::Profile, routes!(show_preferences))
        .guarded(Right::Profile, routes!(set_preference))
}

/// JSON by key, which the portal alone understands.
#[derive(Serialize, ToSchema)]
#[schema(value_type = Object, example = json!({ "theme": "dark" }))]
struct PreferredValues(BTreeMap<String, Value>);

/// What the caller prefers, by key.
#[utoipa::path(get, path = "/me/preferences", operation_id = "identity.preferences.mine",
    tag = "identity",
    responses((status = 200, body = Item<PreferredValues>)))]
async fn show_preferences(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<Item<PreferredValues>>, Problem> {
    let history = app.commands.aggregates().history(PreferencesId::from(caller.id)).await?;
    let (version, position) = history.last().map_or((0, 0), |last| (last.version, last.position));
    let preferences = Preferences::from_history(history);
    let values = preferences.values().into_iter();
    let values = values.map(|(key, value)| (key.to_owned(), value.clone())).collect();
    let found = listing::VersionedRow { data: PreferredValues(values), version, position };
    Ok(Json(Item::from_row(found, Freshness::default())))
}

/// Prefers something: any JSON of 16 kB at most, which the portal alone understands. Null removes it.
#[utoipa::path(put, path = "/me/preferences/{key}", operation_id = "identity.preferences.set",
    tag = "identity", params(("key" = String, Path)), request_body = Value,
    responses((status = 200, body = CommandResponse)))]
async fn set_preference(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<PreferenceKey>,
    request: JsonRequest<Value>,
) -> Result<CommandResponse, Problem> {
    let command = Command::Set { key, value: request.body };
    let envelope =
        CommandEnvelope::new(PreferencesId::from(caller.id), command, caller.actor().clone());
    app.dispatcher.create(&caller, envelope, request.options).await
}
