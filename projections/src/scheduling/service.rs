//! Services that can be booked.

use domain::{
    Recorded,
    scheduling::service::{self, Definition, Event},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Fold, FoldedStream, Projector,
    listing::{Field, Listing, OwnerColumns},
};

pub const PROJECTOR: Projector = Projector {
    name: "scheduling.service",
    version: 5,
    tables: include_str!("service.sql"),
    streams: &[FoldedStream::of::<service::Service, Rows>()],
};

pub const SERVICES: Listing = Listing {
    from: "scheduling_service.services",
    fields: &[
        Field::text("name").as_row_name().translated_in("texts"),
        Field::enum_of::<Status>("status"),
        Field::bool("auto_confirm"),
        Field::int("duration_minutes"),
        Field::text("category"),
        Field::int("order"),
        Field::bool("public"),
    ],
    search: Some("search"),
    sort: &["name", "created_at", "duration_minutes", "order"],
    owner: OwnerColumns::NONE,
};

/// Those that everybody sees.
pub const PUBLIC_SERVICES: Listing =
    Listing { from: "scheduling_service.public_services", ..SERVICES };

/// Something that can be booked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Service {
    #[serde(flatten)]
    pub definition: Definition,
    /// How long the customer is there.
    pub duration_minutes: i64,
    pub status: Status,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Offered,
    /// Not offered any more; what is booked stays booked.
    Retired,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Rows {
    services: Vec<Service>,
}

impl Fold<service::Service> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        match &recorded.event {
            Event::Defined(definition) | Event::Changed(definition) => {
                self.services = vec![Service {
                    definition: definition.clone(),
                    duration_minutes: definition.duration().num_minutes(),
                    status: Status::Offered,
                }];
            }
            Event::Retired {} => {
                for service in &mut self.services {
                    service.status = Status::Retired;
                }
            }
        }
    }
}
