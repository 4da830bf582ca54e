//! Endpoints of purchases, which are read-only: they change by ingested messages only.

use commands::policy::Right;
use domain::{
    identity::{Actor, Role},
    purchasing::purchase::{Event, Purchase},
};
use projections::{
    listing::Listing,
    purchasing::purchase::{self, PSEUDONYMOUS_PURCHASES, PURCHASES},
};

use crate::{resource::resource, routes::Routes, visible::Visible};

impl Visible for Purchase {
    const READ_RIGHT: Right = Right::PurchasesRead;
    const LISTING: &'static Listing = &PURCHASES;

    /// Analysts know buyers by the ids of their cabinets.
    fn listing(actor: &Actor) -> &'static Listing {
        if actor.role == Role::Analyst { &PSEUDONYMOUS_PURCHASES } else { &PURCHASES }
    }

    /// To analysts, messages in which buyers are named are not shown.
    fn is_event_visible(event: &Event, actor: &Actor) -> bool {
        let names_buyer = matches!(
            event,
            Event::Recorded { .. }
                | Event::Cancelled { .. }
                | Event::Deferred { .. }
                | Event::GivenUp { .. }
        );
        actor.role != Role::Analyst || !names_buyer
    }
}

pub(super) fn routes() -> Routes {
    resource::<Purchase>("/purchases")
        .list::<purchase::Purchase>()
        .item::<purchase::Purchase>()
        .history()
        .routes()
}
