use commands::policy::Right;
use domain::purchasing::purchase_event::PurchaseEvent;
use projections::purchasing::purchase_event::{PARKED, Parked};
use utoipa_axum::router::OpenApiRouter;

use crate::{App, resource::resource};

pub(super) fn routes() -> OpenApiRouter<App> {
    resource::<PurchaseEvent>("/ingest/parked", Right::PurchasesRead)
        .without(&["park"])
        .list::<Parked>(&PARKED)
        .item::<Parked>(&PARKED)
        .routes()
}
