use commands::policy::Right;
use domain::purchasing::purchase::Purchase;
use projections::{
    listing::Listing,
    purchasing::purchase::{self, PURCHASES},
};
use utoipa_axum::router::OpenApiRouter;

use crate::{App, resource::resource, visible::Visible};

impl Visible for Purchase {
    const SEEN: Right = Right::PurchasesRead;
    const LISTING: &'static Listing = &PURCHASES;
}

/// Purchases change by what purchase systems tell of them, and by nothing else.
pub(super) fn routes() -> OpenApiRouter<App> {
    resource::<Purchase>("/purchases")
        .without(&["receive", "give_up", "fulfil_line", "discard_line"])
        .list::<purchase::Purchase>()
        .item::<purchase::Purchase>()
        .history()
        .routes()
}
