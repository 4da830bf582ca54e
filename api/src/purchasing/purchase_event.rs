use commands::policy::Right;
use domain::{
    identity::{Actor, Role},
    purchasing::purchase_event::PurchaseEvent,
};
use projections::{
    listing::Listing,
    purchasing::purchase_event::{PARKED, PSEUDONYMOUS, Parked},
};
use utoipa_axum::router::OpenApiRouter;

use crate::{App, resource::resource, visible::Visible};

impl Visible for PurchaseEvent {
    const SEEN: Right = Right::PurchasesRead;
    const LISTING: &'static Listing = &PARKED;

    fn listing(actor: &Actor) -> &'static Listing {
        if actor.role == Role::Analyst { &PSEUDONYMOUS } else { &PARKED }
    }
}

pub(super) fn routes() -> OpenApiRouter<App> {
    resource::<PurchaseEvent>("/ingest/parked")
        .without(&["park"])
        .list::<Parked>()
        .item::<Parked>()
        .history()
        .routes()
}
