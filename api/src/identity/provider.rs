//! Endpoints of the identity providers at which organisations sign their users in.

use commands::policy::Right;
use domain::identity::{
    Actor,
    provider::{Command, CommandKind, Event, Provider},
};
use projections::{
    identity::provider::{self, PROVIDERS},
    listing::Listing,
};

use crate::{resource::resource, routes::Routes, visible::Visible};

impl Visible for Provider {
    const READ_RIGHT: Right = Right::Operations;
    const LISTING: &'static Listing = &PROVIDERS;

    /// Hides the event that holds our client secret at the provider.
    fn is_event_visible(event: &Event, _: &Actor) -> bool {
        !matches!(event, Event::SecretChanged { .. })
    }
}

pub(super) fn routes() -> Routes {
    resource::<Provider>("/identity-providers")
        .create(CommandKind::Register)
        .commands(&[
            CommandKind::Change,
            CommandKind::ChangeSecret,
            CommandKind::Disable,
            CommandKind::Enable,
        ])
        .delete(|| Command::Disable {})
        .list::<provider::Provider>()
        .item::<provider::Provider>()
        .history()
        .routes()
}
