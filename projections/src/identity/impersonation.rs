//! Impersonations, present and past.

use chrono::{DateTime, Utc};
use domain::{
    Recorded, Text,
    identity::{
        impersonation::{self, Event},
        user::UserId,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Fold, FoldedStream, Projector,
    listing::{Field, Listing, OwnerColumns},
};

pub const PROJECTOR: Projector = Projector {
    name: "identity.impersonation",
    version: 2,
    tables: include_str!("impersonation.sql"),
    streams: &[FoldedStream::of::<impersonation::Impersonation, Rows>()],
};

pub const IMPERSONATIONS: Listing = Listing {
    from: "identity_impersonation.impersonations",
    fields: &[Field::id::<UserId>("agent"), Field::id::<UserId>("user"), Field::time("until")],
    search: None,
    sort: &["-created_at"],
    owner: OwnerColumns { user: Some("agent"), ..OwnerColumns::NONE },
};

/// Someone of the business in the name of a user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Impersonation {
    /// Who acts.
    pub agent: UserId,
    /// In whose name.
    pub user: UserId,
    /// Nothing, once the user was erased.
    pub reason: Option<Text<500>>,
    /// For how long at most.
    pub until: DateTime<Utc>,
    /// When it was ended before its time.
    pub ended_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Rows {
    impersonations: Vec<Impersonation>,
}

impl Fold<impersonation::Impersonation> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        match &recorded.event {
            Event::Started { agent, user, reason, until } => {
                let (agent, user, until) = (*agent, *user, *until);
                let reason = reason.get().cloned();
                let ended_at = None;
                self.impersonations = vec![Impersonation { agent, user, reason, until, ended_at }];
            }
            Event::Ended {} => {
                self.impersonations
                    .iter_mut()
                    .for_each(|impersonation| impersonation.ended_at = Some(recorded.recorded_at));
            }
        }
    }
}
