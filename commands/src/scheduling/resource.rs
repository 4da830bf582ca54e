//! Rights and owners of resources.

use domain::{
    identity::Owner,
    scheduling::resource::{Command, CommandKind, Resource, ResourceId},
};

use crate::{Handler, Right};

/// Resources belong to the business.
impl Handler for Resource {
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Register
            | CommandKind::Rename
            | CommandKind::ChangeCapacity
            | CommandKind::SetAvailability
            | CommandKind::AddAvailabilityException
            | CommandKind::RemoveAvailabilityException
            | CommandKind::ClosePeriod
            | CommandKind::OpenPeriod
            | CommandKind::Retire => Right::ServicesWrite,
        }
    }

    fn owner(&self, _: ResourceId, _: &Command) -> Owner {
        Owner::default()
    }
}
