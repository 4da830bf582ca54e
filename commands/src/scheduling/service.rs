use domain::{
    identity::Owner,
    scheduling::service::{Command, CommandKind, Service, ServiceId},
};

use crate::{Handler, Right};

/// What is offered is the business's own affair.
impl Handler for Service {
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Define | CommandKind::Change | CommandKind::Retire => Right::ServicesWrite,
        }
    }

    fn owner(&self, _: ServiceId, _: &Command) -> Owner {
        Owner::default()
    }
}
