//! Endpoints of services: what can be booked.

use commands::policy::Right;
use domain::{
    identity::{Actor, Role},
    scheduling::service::{Changes, Command, CommandKind, Service},
};
use projections::{
    listing::Listing,
    scheduling::service::{self, PUBLIC_SERVICES, SERVICES},
};

use crate::{resource::resource, routes::Routes, visible::Visible};

impl Visible for Service {
    const READ_RIGHT: Right = Right::ServicesRead;
    const LISTING: &'static Listing = &SERVICES;

    fn listing(actor: &Actor) -> &'static Listing {
        if actor.role == Role::Guest { &PUBLIC_SERVICES } else { &SERVICES }
    }
}

pub(super) fn routes() -> Routes {
    resource::<Service>("/services")
        .create(CommandKind::Define)
        .patch(CommandKind::Change, |changes: Changes| vec![Command::Change(changes)])
        .delete(|| Command::Retire {})
        .commands(&[CommandKind::Change, CommandKind::Retire])
        .list::<service::Service>()
        .item::<service::Service>()
        .history()
        .routes()
}
