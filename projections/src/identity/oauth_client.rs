//! OAuth clients.

use domain::{
    Recorded, Text,
    identity::oauth_client::{self, Details, Event, Kind, Permission, RedirectUri},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Fold, FoldedStream, Projector,
    listing::{Field, Listing, OwnerColumns},
};

pub const PROJECTOR: Projector = Projector {
    name: "identity.oauth_client",
    version: 3,
    tables: include_str!("oauth_client.sql"),
    streams: &[FoldedStream::of::<oauth_client::OAuthClient, Rows>()],
};

pub const OAUTH_CLIENTS: Listing = Listing {
    from: "identity_oauth_client.clients",
    fields: &[Field::text("name").as_row_name(), Field::bool("enabled")],
    search: Some("search"),
    sort: &["name", "created_at"],
    owner: OwnerColumns::NONE,
};

/// An application that may ask for tokens; its id is its `client_id`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Client {
    pub name: Text<100>,
    pub kind: Kind,
    pub redirect_uris: Vec<RedirectUri>,
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// All that it may ever ask for.
    pub permissions: Vec<Permission>,
    /// Whether it is the business's own: then nobody is asked for consent.
    pub first_party: bool,
    /// Whether it gets tokens.
    pub enabled: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Rows {
    clients: Vec<Client>,
}

impl Client {
    fn of(kind: Kind, details: &Details, enabled: bool) -> Self {
        let Details { name, redirect_uris, post_logout_redirect_uris, permissions, first_party } =
            details.clone();
        Self {
            name,
            kind,
            redirect_uris: redirect_uris.into_iter().collect(),
            post_logout_redirect_uris: post_logout_redirect_uris.into_iter().collect(),
            permissions: permissions.into_iter().collect(),
            first_party,
            enabled,
        }
    }
}

impl Fold<oauth_client::OAuthClient> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        if let Event::Registered { kind, details } = &recorded.event {
            self.clients = vec![Client::of(*kind, details, true)];
        }
        for client in &mut self.clients {
            match &recorded.event {
                Event::Registered { .. } | Event::SecretRotated { .. } => {}
                Event::Changed { details } => {
                    *client = Client::of(client.kind, details, client.enabled);
                }
                Event::Disabled {} => client.enabled = false,
                Event::Enabled {} => client.enabled = true,
            }
        }
    }
}
