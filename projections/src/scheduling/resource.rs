//! Resources: people, rooms and devices that serve customers, and their hours.

use domain::{
    HttpsUrl, Personal, Recorded, Text,
    identity::user::UserId,
    scheduling::{
        Availability, Period,
        resource::{self, BookingPageProfile, Event, Kind},
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Fold, FoldedStream, Projector,
    listing::{Field, Listing, OwnerColumns},
};

pub const PROJECTOR: Projector = Projector {
    name: "scheduling.resource",
    version: 6,
    tables: include_str!("resource.sql"),
    streams: &[FoldedStream::of::<resource::Resource, Rows>()],
};

pub const RESOURCES: Listing = Listing {
    from: "scheduling_resource.resources",
    fields: &[
        Field::text("name").as_row_name(),
        Field::enum_of::<Kind>("kind"),
        Field::enum_of::<Status>("status"),
        Field::int("capacity"),
        Field::bool("public"),
        Field::id::<UserId>("user"),
    ],
    search: Some("search"),
    sort: &["name", "created_at"],
    owner: OwnerColumns::NONE,
};

/// The same for clients, without the accounts and the absences of its people.
pub const RESOURCES_FOR_CLIENTS: Listing =
    Listing { from: "scheduling_resource.shown", ..RESOURCES };

/// Those that everybody sees.
pub const PUBLIC_RESOURCES: Listing =
    Listing { from: "scheduling_resource.public_resources", ..RESOURCES };

/// Someone or something that appointments take the time of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Resource {
    pub kind: Kind,
    /// Nothing, once it was erased.
    pub name: Option<Text<100>>,
    /// The account of the person, if it is a person who has one; told to the business's own people.
    pub user: Option<UserId>,
    /// How many it can serve at once.
    pub capacity: u16,
    pub availability: Availability,
    pub status: Status,
    /// A line about it.
    pub about: Option<Text<500>>,
    pub picture: Option<HttpsUrl>,
    /// Whether everybody sees it, without an account.
    pub public: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    InUse,
    /// Not in use any more; what is booked stays booked.
    Retired,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Rows {
    resources: Vec<Resource>,
}

impl Fold<resource::Resource> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        if let Event::Registered { kind, name, user, capacity, zone, weekly } = &recorded.event {
            self.resources = vec![Resource {
                kind: *kind,
                name: name.get().cloned(),
                user: *user,
                capacity: *capacity,
                availability: Availability::weekly(*zone, weekly.clone()),
                status: Status::InUse,
                about: None,
                picture: None,
                public: true,
            }];
        }
        let Some(resource) = self.resources.first_mut() else { return };
        let availability = &mut resource.availability;
        match &recorded.event {
            Event::Registered { .. } => {}
            Event::Renamed { name } => resource.name = name.get().cloned(),
            Event::Described(BookingPageProfile { about, picture, public }) => {
                resource.about = about.as_ref().and_then(Personal::get).cloned();
                resource.picture = picture.as_ref().and_then(Personal::get).cloned();
                resource.public = *public;
            }
            Event::CapacityChanged { capacity } => resource.capacity = *capacity,
            Event::AvailabilitySet { zone, weekly } => {
                (availability.zone, availability.weekly) = (*zone, weekly.clone());
            }
            Event::AvailabilityExceptionAdded(exception) => {
                availability.set_exception(exception.clone());
            }
            Event::AvailabilityExceptionRemoved { date } => availability.remove_exception(*date),
            Event::PeriodBlocked { from, until, .. } => {
                availability.closed.push(Period::new(*from, *until));
            }
            Event::PeriodUnblocked { from, until } => {
                availability.closed.retain(|&closed| closed != Period::new(*from, *until));
            }
            Event::Retired {} => resource.status = Status::Retired,
        }
    }
}
