use commands::policy::Right;
use domain::identity::{
    Actor,
    provider::{Command, Event, Provider},
};
use projections::{
    identity::provider::{self, PROVIDERS},
    listing::Listing,
};
use utoipa_axum::router::OpenApiRouter;

use crate::{App, resource::resource, visible::Visible};

impl Visible for Provider {
    const SEEN: Right = Right::Operations;
    const LISTING: &'static Listing = &PROVIDERS;

    /// Our secret there is for the provider alone.
    fn shown(event: &Event, _: &Actor) -> bool {
        !matches!(event, Event::SecretChanged { .. })
    }
}

pub(super) fn routes() -> OpenApiRouter<App> {
    resource::<Provider>("/identity-providers")
        .create("register")
        .delete(|| Command::Disable {})
        .list::<provider::Provider>()
        .item::<provider::Provider>()
        .history()
        .routes()
}
