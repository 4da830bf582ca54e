//! What users do not want to be mailed.

use std::collections::BTreeSet;

use domain::{
    Recorded,
    identity::user::UserId,
    notifications::{
        notification::Kind,
        preferences::{self, Event},
    },
};
use serde::{Deserialize, Serialize};

use crate::{
    Fold, FoldedStream, Projector,
    listing::{Listing, OwnerColumns},
};

pub const PROJECTOR: Projector = Projector {
    name: "notifications.preferences",
    version: 1,
    tables: include_str!("preferences.sql"),
    streams: &[FoldedStream::of::<preferences::Preferences, Rows>()],
};

/// One row for each user who has said what they want.
pub const PREFERENCES: Listing = Listing {
    from: "notifications_preferences.preferences",
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
    muted: BTreeSet<Kind>,
}

impl Fold<preferences::Preferences> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        let Event::Muted { muted } = &recorded.event;
        let (account, muted) = (recorded.id.into(), muted.clone());
        self.preferences = vec![Preferences { account, muted }];
    }
}
