//! Rights and owners of services.

use domain::{
    identity::Owner,
    scheduling::service::{Command, CommandKind, Service, ServiceId},
};

use crate::{Handler, Right};

/// Services belong to the business.
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
