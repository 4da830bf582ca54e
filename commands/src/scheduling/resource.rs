use domain::{
    identity::Owner,
    scheduling::resource::{Command, CommandKind, Resource, ResourceId},
};

use crate::{Handler, Right};

/// Who and what serves the customers is the business's own affair.
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
