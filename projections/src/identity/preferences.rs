//! Preferences of users.

use std::collections::BTreeMap;

use domain::{
    Recorded,
    identity::{
        preferences::{self, Event, PreferenceKey},
        user::UserId,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Fold, FoldedStream, Projector,
    listing::{Listing, OwnerColumns},
};

pub const PROJECTOR: Projector = Projector {
    name: "identity.preferences",
    version: 1,
    tables: include_str!("preferences.sql"),
    streams: &[FoldedStream::of::<preferences::Preferences, Rows>()],
};

/// One row for each user who prefers something.
pub const PREFERENCES: Listing = Listing {
    from: "identity_preferences.preferences",
    fields: &[],
    search: None,
    sort: &["created_at"],
    owner: OwnerColumns { user: Some("account"), ..OwnerColumns::NONE },
};

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Rows {
    preferences: Vec<Preferences>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Preferences {
    /// The user.
    account: UserId,
    settings: BTreeMap<PreferenceKey, Value>,
}

impl Fold<preferences::Preferences> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        if self.preferences.is_empty() {
            let account = recorded.id.into();
            self.preferences = vec![Preferences { account, settings: BTreeMap::new() }];
        }
        let Some(Preferences { settings, .. }) = self.preferences.first_mut() else { return };
        match &recorded.event {
            Event::Set { key, value } => match value.get() {
                Some(value) => _ = settings.insert(key.clone(), value.clone()),
                None => _ = settings.remove(key),
            },
            Event::Removed { key } => _ = settings.remove(key),
        }
    }
}
