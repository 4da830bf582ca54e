//! Service accounts and their API keys.

use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

use domain::{
    Recorded, Text,
    identity::{
        Reach, Right, Role,
        service_account::{self, ApiKey, ApiKeyId, Event, Profile},
    },
    organizations::cabinet::CabinetId,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Fold, FoldedStream, Projector,
    listing::{Field, Listing, OwnerColumns},
};

pub const PROJECTOR: Projector = Projector {
    name: "identity.service_account",
    version: 5,
    tables: include_str!("service_account.sql"),
    streams: &[FoldedStream::of::<service_account::ServiceAccount, Rows>()],
};

pub const SERVICE_ACCOUNTS: Listing = Listing {
    from: "identity_service_account.listed",
    fields: &[
        Field::text("name").as_row_name(),
        Field::enum_of::<Role>("role"),
        Field::id::<CabinetId>("cabinet"),
        Field::bool("disabled"),
    ],
    search: Some("search"),
    sort: &["name", "created_at"],
    owner: OwnerColumns { cabinet: Some("cabinet"), ..OwnerColumns::NONE },
};

/// A program that calls us.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ServiceAccount {
    pub name: Text<100>,
    pub role: Role,
    /// The cabinet whose integration it is.
    pub cabinet: Option<CabinetId>,
    pub reach: Reach,
    pub disabled: bool,
    pub keys: Vec<IssuedKey>,
}

/// A key that was issued and not revoked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct IssuedKey {
    pub id: ApiKeyId,
    pub name: Text<100>,
    /// What it is good for.
    pub rights: BTreeSet<Right>,
    /// Until when it is; nothing, until it is revoked.
    pub until: Option<DateTime<Utc>>,
    pub issued_at: DateTime<Utc>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Account {
    #[serde(flatten)]
    profile: Profile,
    disabled: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct KeyRow {
    key: ApiKeyId,
    #[serde(flatten)]
    issued: ApiKey,
    issued_at: DateTime<Utc>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Rows {
    accounts: Vec<Account>,
    keys: Vec<KeyRow>,
}

impl Fold<service_account::ServiceAccount> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        let disabled = match &recorded.event {
            Event::Created { profile } => {
                self.accounts = vec![Account { profile: profile.clone(), disabled: false }];
                return;
            }
            Event::KeyIssued { id, key } => {
                let (key, issued, issued_at) = (*id, key.clone(), recorded.recorded_at);
                self.keys.push(KeyRow { key, issued, issued_at });
                return;
            }
            Event::KeyRevoked { id } => {
                self.keys.retain(|key| key.key != *id);
                return;
            }
            Event::Disabled {} => true,
            Event::Enabled {} => false,
        };
        self.accounts.iter_mut().for_each(|account| account.disabled = disabled);
    }
}
