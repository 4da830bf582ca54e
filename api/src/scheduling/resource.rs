//! Endpoints of resources: the people, rooms and machines that appointments take.

use chrono_tz::Tz;
use commands::policy::Right;
use domain::{
    Change, HttpsUrl, Text,
    identity::{Actor, Role},
    scheduling::{
        OpeningHours,
        resource::{Command, CommandKind, Event, Resource},
    },
};
use projections::{
    listing::Listing,
    scheduling::resource::{self, PUBLIC_RESOURCES, RESOURCES, RESOURCES_FOR_CLIENTS},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    resource::resource,
    routes::Routes,
    visible::{Visible, is_staff},
};

impl Visible for Resource {
    const READ_RIGHT: Right = Right::ServicesRead;
    const LISTING: &'static Listing = &RESOURCES;

    /// Clients and guests do not see the accounts of employees.
    fn listing(actor: &Actor) -> &'static Listing {
        match actor.role {
            Role::Guest => &PUBLIC_RESOURCES,
            role if role.is_client() => &RESOURCES_FOR_CLIENTS,
            _ => &RESOURCES,
        }
    }

    /// Absences of employees are shown to staff only.
    fn is_event_visible(event: &Event, actor: &Actor) -> bool {
        match event {
            Event::PeriodBlocked { .. }
            | Event::PeriodUnblocked { .. }
            | Event::AvailabilityExceptionAdded(_)
            | Event::AvailabilityExceptionRemoved { .. } => is_staff(actor),
            Event::Registered { .. }
            | Event::Renamed { .. }
            | Event::Described(_)
            | Event::CapacityChanged { .. }
            | Event::AvailabilitySet { .. }
            | Event::Retired {} => true,
        }
    }
}

pub(super) fn routes() -> Routes {
    resource::<Resource>("/resources")
        .create(CommandKind::Register)
        .patch(CommandKind::Rename, Patch::commands)
        .delete(|| Command::Retire {})
        .commands(&[
            CommandKind::Rename,
            CommandKind::Describe,
            CommandKind::ChangeCapacity,
            CommandKind::SetAvailability,
            CommandKind::AddAvailabilityException,
            CommandKind::RemoveAvailabilityException,
            CommandKind::ClosePeriod,
            CommandKind::OpenPeriod,
            CommandKind::Retire,
        ])
        .list::<resource::Resource>()
        .item::<resource::Resource>()
        .history()
        .routes()
}

/// What is to be different about a resource.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Patch {
    #[serde(default)]
    name: Option<Text<100>>,
    #[serde(default)]
    capacity: Option<u16>,
    #[serde(default)]
    availability: Option<WeeklyHours>,
    #[serde(default)]
    #[schema(value_type = Option<Text<500>>)]
    about: Change<Text<500>>,
    #[serde(default)]
    #[schema(value_type = Option<HttpsUrl>)]
    picture: Change<HttpsUrl>,
    #[serde(default)]
    public: Option<bool>,
}

/// Other weekly hours.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WeeklyHours {
    #[schema(value_type = String, example = "Europe/Berlin")]
    zone: Tz,
    weekly: Vec<OpeningHours>,
}

impl Patch {
    fn commands(self) -> Vec<Command> {
        let rename = self.name.map(|name| Command::Rename { name });
        let capacity = self.capacity.map(|capacity| Command::ChangeCapacity { capacity });
        let availability = self
            .availability
            .map(|WeeklyHours { zone, weekly }| Command::SetAvailability { zone, weekly });
        let Self { about, picture, public, .. } = self;
        let is_described = !about.is_keep() || !picture.is_keep() || public.is_some();
        let describe = is_described.then_some(Command::Describe { about, picture, public });
        rename.into_iter().chain(capacity).chain(availability).chain(describe).collect()
    }
}
