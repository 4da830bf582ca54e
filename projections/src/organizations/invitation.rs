//! Invitations to become a member of a cabinet.

use chrono::{DateTime, Utc};
use domain::{
    Email, Recorded,
    identity::Reach,
    organizations::{
        cabinet::CabinetId,
        invitation::{self, Event, State},
        membership::Rank,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Fold, FoldedStream, Projector,
    listing::{Field, Listing, OwnerColumns},
};

pub const PROJECTOR: Projector = Projector {
    name: "organizations.invitation",
    version: 3,
    tables: include_str!("invitation.sql"),
    streams: &[FoldedStream::of::<invitation::Invitation, Rows>()],
};

pub const INVITATIONS: Listing = Listing {
    from: "organizations_invitation.invitations",
    fields: &[
        Field::id::<CabinetId>("cabinet"),
        Field::enum_of::<State>("state"),
        Field::time("until"),
    ],
    search: Some("search"),
    sort: &["-created_at"],
    owner: OwnerColumns { cabinet: Some("cabinet"), ..OwnerColumns::NONE },
};

/// Someone who was asked by mail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Invitation {
    pub cabinet: CabinetId,
    /// Nothing, once it was erased.
    pub email: Option<Email>,
    pub role: Rank,
    pub reach: Reach,
    /// Until when it can be accepted.
    pub until: DateTime<Utc>,
    pub state: State,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Rows {
    invitations: Vec<Invitation>,
}

impl Fold<invitation::Invitation> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        let state = match &recorded.event {
            Event::Sent { offer } => {
                self.invitations = vec![Invitation {
                    cabinet: offer.cabinet,
                    email: offer.email.get().cloned(),
                    role: offer.grant.role,
                    reach: offer.grant.reach,
                    until: offer.until,
                    state: State::Open,
                }];
                return;
            }
            Event::Accepted { .. } => State::Accepted,
            Event::Withdrawn {} => State::Withdrawn,
        };
        self.invitations.iter_mut().for_each(|invitation| invitation.state = state);
    }
}
