//! Endpoints of parked purchase messages: those that could not be applied.

use commands::policy::Right;
use domain::{
    identity::{Actor, Role},
    purchasing::purchase_event::{CommandKind, PurchaseEvent},
};
use projections::{
    listing::Listing,
    purchasing::purchase_event::{
        PARKED_MESSAGES, PSEUDONYMOUS_PARKED_MESSAGES, ParkedPurchaseEvent,
    },
};

use crate::{resource::resource, routes::Routes, visible::Visible};

impl Visible for PurchaseEvent {
    const READ_RIGHT: Right = Right::PurchasesRead;
    const LISTING: &'static Listing = &PARKED_MESSAGES;

    fn listing(actor: &Actor) -> &'static Listing {
        if actor.role == Role::Analyst { &PSEUDONYMOUS_PARKED_MESSAGES } else { &PARKED_MESSAGES }
    }
}

pub(super) fn routes() -> Routes {
    resource::<PurchaseEvent>("/ingest/parked")
        .commands(&[CommandKind::Reprocess, CommandKind::Discard])
        .list::<ParkedPurchaseEvent>()
        .item::<ParkedPurchaseEvent>()
        .history()
        .routes()
}
