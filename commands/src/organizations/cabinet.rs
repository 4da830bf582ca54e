use domain::{
    identity::{Actor, Owner},
    organizations::cabinet::{Cabinet, CabinetId, Command, Facts},
};

use crate::{Handler, Lookup, Lost, Right};

impl Handler for Cabinet {
    fn right(command: &Command) -> Right {
        match command {
            Command::Create { .. } | Command::Provision { .. } => Right::CabinetsCreate,
            Command::ChangeDetails { .. } | Command::ChangeType { .. } => Right::CabinetsEdit,
        }
    }

    /// A new cabinet belongs to the one above it.
    fn owner(&self, id: CabinetId, command: &Command) -> Owner {
        let cabinet = match command {
            Command::Create { parent, .. } => *parent,
            _ => Some(id),
        };
        Owner { cabinet, ..Owner::default() }
    }

    async fn facts(
        &self,
        lookup: &Lookup,
        _: CabinetId,
        command: &Command,
        _: &Actor,
    ) -> Result<Facts, Lost> {
        let parent_exists = match command {
            Command::Create { parent: Some(parent), .. } => {
                lookup.load(*parent).await?.is_created()
            }
            _ => false,
        };
        Ok(Facts { parent_exists })
    }
}
