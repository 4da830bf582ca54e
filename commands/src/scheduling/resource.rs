use domain::{
    identity::Owner,
    scheduling::resource::{Command, Resource, ResourceId},
};

use crate::{Handler, Right};

/// Who and what serves the customers is the business's own affair.
impl Handler for Resource {
    fn right(_: &Command) -> Right {
        Right::ServicesWrite
    }

    fn owner(&self, _: ResourceId, _: &Command) -> Owner {
        Owner::default()
    }
}
