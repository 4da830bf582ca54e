//! Endpoints of resources: the people, rooms and machines that appointments take.

use chrono_tz::Tz;
use commands::policy::Right;
use domain::{
    Text,
    identity::{Actor, Role},
    scheduling::{
        Opening,
        resource::{Command, CommandKind, Event, Resource},
    },
};
use projections::{
    listing::Listing,
    scheduling::resource::{self, PUBLIC_RESOURCES, RESOURCES},
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
        let is_outside = actor.role == Role::Guest || actor.role.is_client();
        if is_outside { &PUBLIC_RESOURCES } else { &RESOURCES }
    }

    /// Absences of employees are shown to staff only.
    fn is_event_visible(event: &Event, actor: &Actor) -> bool {
        is_staff(actor) || !matches!(event, Event::PeriodBlocked { .. })
    }
}

pub(super) fn routes() -> Routes {
    resource::<Resource>("/resources")
        .create(CommandKind::Register)
        .patch(CommandKind::Rename, Patch::commands)
        .delete(|| Command::Retire {})
        .commands(&[
            CommandKind::Rename,
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
}

/// Other weekly hours.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Weekly)]
struct WeeklyHours {
    #[schema(value_type = String, example = "Europe/Berlin")]
    zone: Tz,
    weekly: Vec<Opening>,
}

impl Patch {
    fn commands(self) -> Vec<Command> {
        let rename = self.name.map(|name| Command::Rename { name });
        let capacity = self.capacity.map(|capacity| Command::ChangeCapacity { capacity });
        let availability = self
            .availability
            .map(|WeeklyHours { zone, weekly }| Command::SetAvailability { zone, weekly });
        rename.into_iter().chain(capacity).chain(availability).collect()
    }
}
