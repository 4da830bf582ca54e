//! What the business says of itself.

use domain::{
    Recorded,
    platform::business::{self, Event, Profile},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Fold, FoldedStream, Projector,
    listing::{Listing, OwnerColumns},
};

pub const PROJECTOR: Projector = Projector {
    name: "platform.business",
    version: 2,
    tables: include_str!("business.sql"),
    streams: &[FoldedStream::of::<business::Business, Rows>()],
};

/// A list of one.
pub const BUSINESSES: Listing = Listing {
    from: "platform_business.businesses",
    fields: &[],
    search: None,
    sort: &["created_at"],
    owner: OwnerColumns::NONE,
};

/// The business as its own people see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Business {
    #[serde(flatten)]
    pub profile: Profile,
    /// Whether everybody sees its homepage.
    pub published: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Rows {
    businesses: Vec<Business>,
}

impl Fold<business::Business> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        match (&recorded.event, self.businesses.first_mut()) {
            (Event::SetUp(profile) | Event::Changed(profile), None) => {
                self.businesses = vec![Business { profile: profile.clone(), published: false }];
            }
            (Event::SetUp(profile) | Event::Changed(profile), Some(row)) => {
                row.profile = profile.clone();
            }
            (Event::Published {}, Some(row)) => row.published = true,
            (Event::Unpublished {}, Some(row)) => row.published = false,
            (Event::Published {} | Event::Unpublished {}, None) => {}
        }
    }
}
