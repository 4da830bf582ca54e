//! What was announced, for those who may announce.

use domain::{
    Recorded,
    identity::user::UserId,
    notifications::announcement::{self, Event, Message},
    organizations::cabinet::CabinetId,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Fold, FoldedStream, Projector,
    listing::{Field, Listing, OwnerColumns},
};

pub const PROJECTOR: Projector = Projector {
    name: "notifications.announcement",
    version: 1,
    tables: include_str!("announcement.sql"),
    streams: &[FoldedStream::of::<announcement::Announcement, Rows>()],
};

pub const ANNOUNCEMENTS: Listing = Listing {
    from: "notifications_announcement.announcements",
    fields: &[
        Field::id::<UserId>("author"),
        Field::id::<CabinetId>("cabinet"),
        Field::bool("withdrawn"),
    ],
    search: None,
    sort: &["-created_at"],
    owner: OwnerColumns { cabinet: Some("cabinet"), ..OwnerColumns::NONE },
};

/// What somebody told many at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Announcement {
    #[serde(flatten)]
    pub message: Message,
    pub author: UserId,
    /// The organisation to which it goes, if it is for one.
    pub cabinet: Option<CabinetId>,
    /// Whether it is in nobody's inbox any more.
    pub withdrawn: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Rows {
    announcements: Vec<Announcement>,
}

impl Fold<announcement::Announcement> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        match &recorded.event {
            Event::Published { message } => {
                self.announcements = vec![Announcement {
                    message: message.clone(),
                    author: recorded.meta.actor.into(),
                    cabinet: message.audience.cabinet(),
                    withdrawn: false,
                }];
            }
            Event::Withdrawn {} => {
                self.announcements.iter_mut().for_each(|row| row.withdrawn = true);
            }
        }
    }
}
