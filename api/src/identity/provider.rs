//! Endpoints of the identity providers at which organisations sign their users in.

use axum::{Json, extract::State};
use commands::policy::Right;
use domain::{
    Text,
    identity::{
        Actor,
        provider::{Command, CommandKind, EmailDomain, Event, Provider, Registered},
    },
};
use projections::{
    identity::provider::{self, PROVIDERS},
    listing::Listing,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::{
    App,
    body::DataBody,
    json_request::Query,
    oauth::{provider_of_domain, provider_sign_in_path},
    problem::Problem,
    resource::resource,
    routes::Routes,
    visible::Visible,
};

impl Visible for Provider {
    const READ_RIGHT: Right = Right::Operations;
    const LISTING: &'static Listing = &PROVIDERS;

    /// Hides the event that holds our client secret at the provider.
    fn is_event_visible(event: &Event, _: &Actor) -> bool {
        !matches!(event, Event::SecretChanged { .. })
    }
}

pub(super) fn routes() -> Routes {
    resource::<Provider>("/identity-providers")
        .create(CommandKind::Register)
        .commands(&[
            CommandKind::Change,
            CommandKind::ChangeSecret,
            CommandKind::Disable,
            CommandKind::Enable,
        ])
        .delete(|| Command::Disable {})
        .list::<provider::Provider>()
        .item::<provider::Provider>()
        .history()
        .routes()
        .public(routes!(list_enabled))
}

/// A provider as everybody sees it who is about to sign in.
#[derive(Serialize, ToSchema)]
struct SignInProvider {
    name: Text<100>,
    /// The address, at this server, from which a browser is sent to the provider. With `?to=` and a path of the
    /// portal, whoever signed in gets there.
    #[schema(example = "/oauth2/providers/0199c0de-0000-7000-8000-000000000001")]
    sign_in: String,
}

/// Whose providers are asked for.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct SignInFilter {
    /// The domain of the address with which somebody signs in.
    #[param(value_type = String, example = "example.org")]
    domain: EmailDomain,
}

/// The provider at which whoever has an address of a domain signs in, if there is one. There is no list of all:
/// it would name the business's clients to everybody.
#[utoipa::path(get, path = "/public/identity-providers", operation_id = "identity.provider.list_enabled",
    tag = "identity", params(SignInFilter),
    responses((status = 200, description = "The provider, or none.", body = DataBody<Vec<SignInProvider>>)))]
async fn list_enabled(
    State(app): State<App>,
    Query(SignInFilter { domain }): Query<SignInFilter>,
) -> Result<Json<DataBody<Vec<SignInProvider>>>, Problem> {
    let provider = provider_of_domain(&app, &domain).await?;
    let shown = provider.map(|(id, Registered { settings, .. })| SignInProvider {
        name: settings.name,
        sign_in: provider_sign_in_path(id),
    });
    Ok(Json(DataBody { data: shown.into_iter().collect() }))
}
