//! Rights and owners of resources.

use domain::{
    identity::{Actor, Owner},
    scheduling::resource::{Command, CommandKind, Facts, Resource, ResourceId},
};

use crate::{AggregateReader, Handler, ReadError, Right, platform};

/// Resources belong to the business.
impl Handler for Resource {
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Register
            | CommandKind::Rename
            | CommandKind::Describe
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

    async fn facts(
        &self,
        aggregates: &AggregateReader,
        _: ResourceId,
        command: &Command,
        _: &Actor,
    ) -> Result<Facts, ReadError> {
        match command {
            Command::Register(_) => {
                Ok(Facts { zone: platform::load_business(aggregates).await?.zone() })
            }
            _ => Ok(Facts::default()),
        }
    }
}
