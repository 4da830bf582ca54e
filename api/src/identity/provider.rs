//! Endpoints of the identity providers at which organisations sign their users in.

use axum::{Json, extract::State};
use commands::policy::Right;
use domain::{
    Text,
    identity::{
        Actor, RowScope,
        provider::{Command, CommandKind, Event, Provider, ProviderId},
    },
};
use projections::{
    identity::provider::{self, PROVIDERS},
    listing::{self, Listing, Query},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::{
    App, answer::Answer, oauth::provider_sign_in_path, problem::Problem, resource::resource,
    routes::Routes, visible::Visible,
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

/// The providers at which members of organisations sign in, by name; for the page on which they choose. Their
/// names are for everybody to see.
#[utoipa::path(get, path = "/public/identity-providers", operation_id = "identity.provider.list_enabled",
    tag = "identity", responses((status = 200, body = Answer<Vec<SignInProvider>>)))]
async fn list_enabled(
    State(app): State<App>,
) -> Result<Json<Answer<Vec<SignInProvider>>>, Problem> {
    #[derive(Deserialize)]
    struct Enabled {
        id: ProviderId,
        name: Text<100>,
    }
    let query = Query {
        filters: vec![("enabled".into(), "true".into())],
        sort: Some("name".into()),
        limit: Some(200),
        ..Query::default()
    };
    let page = listing::list::<Enabled>(&app.db, &PROVIDERS, &query, &RowScope::All).await?;
    let shown = |Enabled { id, name }| SignInProvider { name, sign_in: provider_sign_in_path(id) };
    Ok(Json(Answer { data: page.rows.into_iter().map(shown).collect() }))
}
