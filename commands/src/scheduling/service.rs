use domain::{
    identity::Owner,
    scheduling::service::{Command, Service, ServiceId},
};

use crate::{Handler, Right};

/// What is offered is the business's own affair.
impl Handler for Service {
    fn right(_: &Command) -> Right {
        Right::ServicesWrite
    }

    fn owner(&self, _: ServiceId, _: &Command) -> Owner {
        Owner::default()
    }
}
