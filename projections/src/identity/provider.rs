//! Identity providers of organisations.

use domain::{
    Recorded, Text,
    identity::provider::{self, EmailDomain, Event, Issuer, Settings},
    organizations::cabinet::CabinetId,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Fold, FoldedStream, Projector,
    listing::{Field, Listing, OwnerColumns},
};

pub const PROJECTOR: Projector = Projector {
    name: "identity.provider",
    version: 3,
    tables: include_str!("provider.sql"),
    streams: &[FoldedStream::of::<provider::Provider, Rows>()],
};

pub const PROVIDERS: Listing = Listing {
    from: "identity_provider.providers",
    fields: &[
        Field::text("name").as_row_name(),
        Field::id::<CabinetId>("cabinet"),
        Field::text("domain"),
        Field::bool("enabled"),
    ],
    search: Some("search"),
    sort: &["name", "created_at"],
    owner: OwnerColumns::NONE,
};

/// A provider at which the people of an organisation sign in; nobody is told our secret there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Provider {
    pub name: Text<100>,
    /// Its word counts for the members of this cabinet and of those below it.
    pub cabinet: CabinetId,
    /// Who has an address in this domain signs in there.
    pub domain: EmailDomain,
    pub issuer: Issuer,
    /// Who we are there.
    pub client_id: Text<200>,
    /// Whether people are sent there.
    pub enabled: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Rows {
    providers: Vec<Provider>,
}

impl Provider {
    fn of(cabinet: CabinetId, settings: &Settings, enabled: bool) -> Self {
        let Settings { name, domain, issuer, client_id } = settings.clone();
        Self { name, cabinet, domain, issuer, client_id, enabled }
    }
}

impl Fold<provider::Provider> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        if let Event::Registered { cabinet, settings } = &recorded.event {
            self.providers = vec![Provider::of(*cabinet, settings, true)];
        }
        for provider in &mut self.providers {
            match &recorded.event {
                Event::Registered { .. } | Event::SecretChanged { .. } => {}
                Event::Changed { settings } => {
                    *provider = Provider::of(provider.cabinet, settings, provider.enabled);
                }
                Event::Disabled {} => provider.enabled = false,
                Event::Enabled {} => provider.enabled = true,
            }
        }
    }
}
