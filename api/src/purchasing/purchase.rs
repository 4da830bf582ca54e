//! Endpoints of purchases, which are read-only: they change by ingested messages only.

use commands::policy::Right;
use domain::purchasing::purchase::Purchase;
use projections::{
    listing::Listing,
    purchasing::purchase::{self, PURCHASES},
};

use crate::{resource::resource, routes::Routes, visible::Visible};

impl Visible for Purchase {
    const READ_RIGHT: Right = Right::PurchasesRead;
    const LISTING: &'static Listing = &PURCHASES;
}

pub(super) fn routes() -> Routes {
    resource::<Purchase>("/purchases")
        .list::<purchase::Purchase>()
        .item::<purchase::Purchase>()
        .history()
        .routes()
}
